-- Catalogues of others that are harvested.
create table harvest.source (
  code text primary key,            -- [open]
  document jsonb not null,          -- [open] as source_json writes it
  active boolean not null,          -- [open]
  changed_at timestamptz not null,  -- [open] since when it is as it is: a dry run must be newer
  next_run_at timestamptz,          -- [open] null = only by hand
  whole_at timestamptz              -- [open] begin of the last whole run that ended well
);

-- A run belongs to whoever holds its lease; each step proves that in its own transaction.
create table harvest.run (
  run_id uuid primary key,           -- [open]
  source text not null references harvest.source (code),  -- [open]
  host text not null,                -- [open] '' = a file of this machine
  state text not null,               -- [open]
  dry boolean not null,              -- [open]
  since timestamptz,                 -- [open] only what changed since; null = all of the source
  local boolean not null,            -- [open] only the process that has the file can go on with it
  asked_by text not null,            -- [open] "schedule", "officer:…"
  asked_at timestamptz not null,     -- [open]
  started_at timestamptz,            -- [open]
  ended_at timestamptz,              -- [open]
  progress_at timestamptz not null,  -- [open] what the watchdog looks at
  not_before timestamptz not null,   -- [open] the source asked for patience
  lease uuid,                        -- [open]
  lease_until timestamptz,           -- [open]
  attempt int not null default 0,    -- [open] failures since the last progress
  cursor jsonb not null,             -- [open] where to go on; null in JSON = all was read
  expected bigint,                   -- [open] as the source says
  seen bigint not null default 0,    -- [open]
  hidden bigint not null default 0,  -- [open] of seen: not for the public there
  created bigint not null default 0,    -- [open]
  changed bigint not null default 0,    -- [open]
  unchanged bigint not null default 0,  -- [open]
  failed bigint not null default 0,     -- [open]
  withdrawn bigint not null default 0,  -- [open]
  requests bigint not null default 0,   -- [open]
  bytes bigint not null default 0,      -- [open]
  code text not null default '',        -- [open] why it ended, or what is to be known
  detail text not null default '',      -- [open]
  stopping boolean not null default false,  -- [open]
  accepted boolean not null default false,  -- [open] a steward lets it withdraw so many
  check (state in ('waiting', 'running', 'held', 'done', 'failed', 'stopped'))
);
-- Never two runs of one source, and one request at a time to a host.
create unique index run_of_source on harvest.run (source) where state in ('waiting', 'running');
create unique index run_of_host on harvest.run (host) where state = 'running' and host <> '';
create index run_newest on harvest.run (source, asked_at desc);

create table harvest.object (
  run_id uuid not null references harvest.run (run_id) on delete cascade,  -- [open]
  identifier text not null,   -- [open] at the source
  state text not null,        -- [open]
  url text not null,          -- [open]
  dataset_id uuid,            -- [open]
  version int not null,       -- [open]
  code text not null,         -- [open] of what failed
  detail text not null,       -- [open]
  diff jsonb,                 -- [open] of what changed: [{pointer, before, after}]
  at timestamptz not null,    -- [open]
  primary key (run_id, identifier),
  check (state in ('waiting', 'created', 'changed', 'unchanged', 'failed', 'withdrawn'))
);
create index object_state on harvest.object (run_id, state, identifier);

-- Publishers that a source brought with it: nobody else's datasets come in under their names.
create table harvest.publisher (
  code text primary key,  -- [open]
  source text not null    -- [open]
);
