-- A person's entries of one type, numbered without gaps. What was committed earlier has no number.
alter table ledger.entry
  add column number bigint,  -- [open]
  add column after bytea;  -- [secret]
create unique index entry_in_series on ledger.entry (subject_id, type, number) where number is not null;

-- How long each series is, and the link that its next entry carries. Its row is the lock of the series.
create table ledger.series (
  person_id uuid not null,  -- [personal]
  type text not null,  -- [open]
  entries bigint not null,  -- [open]
  newest bytea,  -- [secret]
  primary key (person_id, type)
);
