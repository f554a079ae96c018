-- A use that a law lets the person see later: recorded and in the ledger at once, shown from then on. Its entry in the
-- series of the person's uses is made only then, so that no gap tells of it before.
alter table mydata.usage add column shown_from timestamptz;  -- [open]
alter table mydata.usage add column hold_law text;  -- [open]
alter table mydata.usage add column series_entry_id uuid;  -- [open]
create index usage_by_hold on mydata.usage (hold_law, shown_from) where hold_law is not null;
