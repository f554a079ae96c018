-- Operations on many instances: what was asked, and what came of it for each.
create table process.batch (
  batch_id uuid not null,  -- [open]
  key text not null,  -- [open]
  operation jsonb not null,  -- [open]
  actor text not null,  -- [personal]
  at timestamptz not null,  -- [open]
  finished_at timestamptz,  -- [open]
  primary key (batch_id)
);
create index batch_by_key on process.batch (key, at desc);

create table process.batch_item (
  batch_id uuid not null,  -- [open]
  case_id uuid not null,  -- [personal]
  status text not null default 'waiting',  -- [open]
  code text not null default '',  -- [open]
  detail text not null default '',  -- [open]
  primary key (batch_id, case_id)
);
create index batch_item_waiting on process.batch_item (batch_id, case_id) where status = 'waiting';
