-- Subsystems that a rule can name together, as the configuration has them.
create table registry.consumer_group (
  code text not null,  -- [open]
  content jsonb not null,  -- [open]
  changed_at timestamptz not null,  -- [open]
  changed_by uuid not null,  -- [personal]
  ended_at timestamptz,  -- [open]
  ended_by uuid,  -- [personal]
  primary key (code)
);
