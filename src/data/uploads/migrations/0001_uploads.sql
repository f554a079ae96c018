-- Files that data stewards uploaded, until they are versions of tables. The files lie beside the tables.
create table uploads.upload (
  upload_id uuid primary key,        -- [open] also the id of the table that it is read into first
  dataset_id uuid not null,          -- [open]
  table_id uuid not null,            -- [open] of the distribution whose next version it is to be
  is_new boolean not null,           -- [open] the dataset has no such distribution yet
  agency text not null,              -- [open]
  asked_by text not null,            -- [open] "officer:…"
  file_name text not null,           -- [open] as the browser said; becomes public with the file
  file_bytes bigint not null,        -- [open]
  sha256 text not null,              -- [open]
  title text not null,               -- [open] of the distribution; '' = as it is
  note text not null,                -- [open] what the version changes
  state text not null,               -- [open]
  stage text not null default '',    -- [open] of what is being loaded
  share double precision,            -- [open] of the stage, 0 … 1; null = not known
  row_count bigint,                  -- [open] once they are known
  column_count int,                  -- [open]
  version int not null default 0,    -- [open] of the table, once it is one
  code text not null default '',     -- [open] why it failed
  detail text not null default '',   -- [open]
  field text not null default '',    -- [open] which column, when one is meant
  line bigint not null default 0,    -- [open] 1-based; 0 = none is meant
  stopping boolean not null default false,  -- [open]
  attempt int not null default 0,    -- [open] processes that began to load it
  lease uuid,                        -- [open] of the process that loads it
  lease_until timestamptz,           -- [open]
  asked_at timestamptz not null,     -- [open]
  started_at timestamptz,            -- [open]
  ended_at timestamptz,              -- [open] read, failed, cancelled or taken
  check (state in ('waiting', 'loading', 'ready', 'taken', 'failed', 'cancelled'))
);
create index upload_of_dataset on uploads.upload (dataset_id, asked_at desc);
create index upload_open on uploads.upload (asked_at) where state in ('waiting', 'loading', 'ready');
