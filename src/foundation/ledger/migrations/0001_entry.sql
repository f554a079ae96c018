-- What was promised and waits for, or has, its place in the log. The content stays with the room that
-- promised it. subject_id is the person, or the entry's own id when it concerns nobody.
create table ledger.entry (
  subject_id uuid not null,  -- [personal]
  id uuid not null,  -- [open]
  about_person boolean not null,  -- [open]
  type text not null,  -- [open]
  at timestamptz not null,  -- [open]
  salt bytea,  -- [secret]
  digest bytea not null,  -- [open]
  log_index bigint,  -- [open]
  primary key (subject_id, id)
);
create index entry_waiting on ledger.entry (at, id) where log_index is null;
create index entry_by_id on ledger.entry (id);
create index entry_newest on ledger.entry (subject_id, at desc, id desc);
