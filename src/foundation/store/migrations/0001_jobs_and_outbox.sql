-- Durable jobs and timers. The key names what the job is about, never a person in clear text.
create table store.job (
  id uuid not null default gen_random_uuid(),  -- [open]
  kind text not null,  -- [open]
  key text not null,  -- [personal]
  payload jsonb not null,  -- [personal]
  run_at timestamptz not null,  -- [open]
  attempt integer not null default 1,  -- [open]
  dead boolean not null default false,  -- [open]
  last_error text not null default '',  -- [open]
  primary key (id)
);
create unique index job_waiting on store.job (kind, key) where not dead;
create index job_due on store.job (run_at) where not dead;

-- Events in an order that no late commit can disturb: the transaction's number, then the place
-- inside the transaction. Subscribers read only below the oldest transaction still running.
create table store.event (
  position bigint not null,  -- [open]
  topic text not null,  -- [open]
  key text not null,  -- [personal]
  payload jsonb not null,  -- [personal]
  at timestamptz not null,  -- [open]
  primary key (position)
);

-- Added to transaction numbers, so that positions go on growing after a dump was restored into a
-- cluster whose own numbers start again.
create table store.outbox_base (
  only_row boolean primary key default true check (only_row),  -- [open]
  base bigint not null  -- [open]
);
insert into store.outbox_base (base) values (0);

create table store.subscriber (
  name text not null,  -- [open]
  position bigint not null,  -- [open]
  primary key (name)
);
