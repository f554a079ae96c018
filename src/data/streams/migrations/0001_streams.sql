-- Datasets that change by the minute. A stream has the id of its distribution.
create table streams.stream (
  stream_id uuid primary key,            -- [open]
  dataset_id uuid not null,              -- [open]
  fields jsonb not null,                 -- [open]
  key text not null,                     -- [open] the field that names what a record is about
  retention_days int not null check (retention_days between 1 and 366),  -- [open] of single records
  every_seconds int not null,            -- [open] how often a record is promised, 0 = not said
  readable boolean not null,             -- [open] published and open, as the catalogue said last
  made_at timestamptz not null,          -- [open]
  made_by text not null,                 -- [open] as an actor of the catalogue is written
  ended_at timestamptz,                  -- [open]
  last_sequence bigint not null default 0,   -- [open]
  last_at timestamptz,                   -- [open]
  pruned bigint not null default 0,      -- [open] records up to this one are in the table only
  rolled bigint not null default 0,      -- [open] records up to this one are in the table
  rolled_at timestamptz not null,        -- [open]
  lease_until timestamptz not null       -- [open] of who rolls it
);
create index stream_dataset on streams.stream (dataset_id);

-- Numbered without gaps: the stream's row is locked while records are added.
create table streams.record (
  stream_id uuid not null references streams.stream on delete cascade,  -- [open]
  sequence bigint not null,              -- [open]
  at timestamptz not null,               -- [open] when it was taken
  key text not null,                     -- [open]
  record_id text,                        -- [open] the publisher's own, null = none
  body json not null,                    -- [open] members in the order of the fields
  primary key (stream_id, sequence)
);
create index record_key on streams.record (stream_id, key, sequence);
create index record_time on streams.record (stream_id, at);
create unique index record_own_id on streams.record (stream_id, record_id) where record_id is not null;

create table streams.latest (
  stream_id uuid not null references streams.stream on delete cascade,  -- [open]
  key text not null,                     -- [open]
  sequence bigint not null,              -- [open]
  at timestamptz not null,               -- [open]
  body json not null,                    -- [open]
  primary key (stream_id, key)
);

-- What was answered to a call with an Idempotency-Key.
create table streams.answered (
  stream_id uuid not null references streams.stream on delete cascade,  -- [open]
  idempotency_key text not null,         -- [open]
  digest bytea not null,                 -- [open] of the body
  answer jsonb not null,                 -- [open]
  at timestamptz not null,               -- [open]
  primary key (stream_id, idempotency_key)
);
create index answered_at on streams.answered (at);

-- How many follow, as each node says every few seconds.
create table streams.following (
  node uuid not null,                    -- [open]
  stream_id uuid not null references streams.stream on delete cascade,  -- [open]
  followers int not null,                -- [open]
  at timestamptz not null,               -- [open]
  primary key (node, stream_id)
);
