-- Models by content; a deployment gives a content a number under a key.
create table process.definition (
  digest text not null,  -- [open]
  file text not null,  -- [open]
  xml text not null,  -- [open]
  at timestamptz not null,  -- [open]
  primary key (digest)
);

create table process.deployment (
  key text not null,  -- [open]
  version integer not null,  -- [open]
  digest text not null,  -- [open]
  at timestamptz not null,  -- [open]
  primary key (key, version)
);

-- Message and signal start events of the latest version of each key.
create table process.start_trigger (
  key text not null,  -- [open]
  kind text not null,  -- [open]
  name text not null,  -- [open]
  element text not null,  -- [open]
  process text not null,  -- [open]
  primary key (key, kind, name, element)
);
create index start_trigger_by_name on process.start_trigger (kind, name);

-- The whole state of an instance; the case's id is the instance's id. Variables hold no personal data.
create table process.instance (
  case_id uuid not null,  -- [personal]
  key text not null,  -- [open]
  version integer not null,  -- [open]
  digest text not null,  -- [open]
  status text not null,  -- [open]
  business_key text not null,  -- [personal]
  state jsonb not null,  -- [personal]
  incidents integer not null default 0,  -- [open]
  started_at timestamptz not null,  -- [open]
  ended_at timestamptz,  -- [open]
  primary key (case_id)
);
create index instance_by_key on process.instance (key, status);
create index instance_with_incidents on process.instance (key) where incidents > 0;

-- One command and what it did. Numbers have no gaps; replaying the commands gives the state.
create table process.step (
  case_id uuid not null,  -- [personal]
  number bigint not null,  -- [open]
  at timestamptz not null,  -- [open]
  actor text not null,  -- [personal]
  command jsonb not null,  -- [personal]
  history jsonb not null,  -- [personal]
  primary key (case_id, number)
);

-- Open user tasks only.
create table process.user_task (
  case_id uuid not null,  -- [personal]
  number bigint not null,  -- [open]
  digest text not null,  -- [open]
  element text not null,  -- [open]
  agency text not null,  -- [open]
  role text not null,  -- [open]
  assignee text not null default '',  -- [personal]
  input jsonb not null,  -- [personal]
  business_key text not null,  -- [personal]
  opened_at timestamptz not null,  -- [open]
  due_at timestamptz,  -- [open]
  primary key (case_id, number)
);
create index user_task_queue on process.user_task (agency, role, due_at);
create index user_task_by_assignee on process.user_task (assignee) where assignee <> '';

-- Messages and signals that instances wait for.
create table process.awaiting (
  case_id uuid not null,  -- [personal]
  number bigint not null,  -- [open]
  kind text not null,  -- [open]
  name text not null,  -- [open]
  key text not null,  -- [personal]
  primary key (case_id, number)
);
create index awaiting_by_name on process.awaiting (kind, name, key);
