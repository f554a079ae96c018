-- Service tasks of agencies' own models, which their workers fetch. A row goes when its task is done.
create table api.service_call (
  case_id uuid not null,  -- [personal]
  number bigint not null,  -- [open]
  key text not null,  -- [open]
  topic text not null,  -- [open]
  element text not null,  -- [open]
  business_key text not null,  -- [personal]
  input jsonb not null,  -- [personal]
  variables jsonb not null,  -- [personal]
  attempt integer not null default 0,  -- [open]
  worker text not null default '',  -- [open]
  free_at timestamptz not null,  -- [open]
  primary key (case_id, number)
);
create index service_call_by_key on api.service_call (key, topic, free_at);
