-- Tables of published rows. The rows are Parquet files beside the database; here is which of them
-- count, and what is known about them.
create table datastore.stored_table (
  id uuid not null,  -- [open]
  primary_key text[] not null default '{}',  -- [open]
  -- Versions are never reused, also after all rows were dropped.
  last_version integer not null default 0,  -- [open]
  withdrawn_at timestamptz,  -- [open]
  primary key (id)
);

create table datastore.version (
  table_id uuid not null references datastore.stored_table (id) on delete cascade,  -- [open]
  number integer not null,  -- [open]
  row_count bigint not null,  -- [open]
  file_bytes bigint not null,  -- [open]
  sha256 text not null,  -- [open]
  made_at timestamptz not null,  -- [open]
  -- How it came about: file, format, encoding, repairs; or which call.
  source jsonb not null,  -- [open]
  fields jsonb not null,  -- [open]
  primary key (table_id, number)
);
