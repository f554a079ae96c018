-- Who publishes. Codes are also CKAN's organisation names.
create table catalogue.publisher (
  code text primary key,              -- [open]
  title_zh text not null,             -- [open]
  title_en text not null,             -- [open]
  description_zh text not null,       -- [open]
  description_en text not null,       -- [open]
  oid text not null,                  -- [open] object identifier of the agency (機關 OID)
  org_code text not null,             -- [open] 機關代碼
  agency text not null,               -- [open] of the exchange, '' = none
  parent text not null,               -- [open] another publisher, '' = none
  url text not null,                  -- [open]
  image_url text not null,            -- [open]
  created_at timestamptz not null,    -- [open]
  changed_at timestamptz not null,    -- [open]
  position bigint not null            -- [open]
);
create unique index publisher_position on catalogue.publisher (position);

-- Every change of the catalogue has a position; whoever holds a copy asks for what came after theirs. Positions are
-- taken under a lock, so a later one is never seen before an earlier one.
create sequence catalogue.position;

create table catalogue.dataset (
  dataset_id uuid primary key,                        -- [open]
  name text not null unique,                          -- [open]
  publisher text not null references catalogue.publisher (code),  -- [open]
  national_id text not null,                          -- [open]
  source text not null,                               -- [open] of harvested ones, '' = our own
  source_identifier text not null,                    -- [open]
  status text not null,                               -- [open]
  version int not null,                               -- [open] 0 = never published
  document text compression lz4,                      -- [open] as published last; null = never
  draft text compression lz4,                         -- [open] not published yet; null = none
  created_at timestamptz not null,                    -- [open]
  changed_at timestamptz not null,                    -- [open] of what is published
  withdrawn_at timestamptz,                           -- [open]
  withdrawn_reason text,                              -- [open]
  withdrawn_by text,                                  -- [open]
  revision int not null,                              -- [open] counts each write, drafts too
  position bigint not null,                           -- [open]
  check (status in ('draft', 'published', 'withdrawn')),
  check (document is not null or draft is not null)
);
create unique index dataset_position on catalogue.dataset (position);
create index dataset_publisher on catalogue.dataset (publisher, status);
create index dataset_national on catalogue.dataset (national_id) where national_id <> '';
create unique index dataset_source on catalogue.dataset (source, source_identifier) where source <> '';

create table catalogue.version (
  dataset_id uuid not null,               -- [open]
  number int not null,                    -- [open]
  document text compression lz4 not null, -- [open]
  published_at timestamptz not null,      -- [open]
  published_by text not null,             -- [open] "officer:…", "client:…", "harvest:…"
  note text not null,                     -- [open] what changed, in the publisher's words
  primary key (dataset_id, number)
);

create table catalogue.series (
  series_id uuid primary key,       -- [open]
  name text not null unique,        -- [open]
  publisher text not null,          -- [open]
  title_zh text not null,           -- [open]
  title_en text not null,           -- [open]
  description_zh text not null,     -- [open]
  description_en text not null,     -- [open]
  frequency text not null,          -- [open] as in a dataset's JSON
  created_at timestamptz not null,  -- [open]
  changed_at timestamptz not null   -- [open]
);

-- Distributions by their ids: whose they are.
create table catalogue.distribution (
  distribution_id uuid primary key,  -- [open]
  dataset_id uuid not null           -- [open]
);
create index distribution_dataset on catalogue.distribution (dataset_id);

-- Which catalogue this is: a copy that was made of another one is of no use.
create table catalogue.identity (
  identity uuid primary key default gen_random_uuid()  -- [open]
);
insert into catalogue.identity default values;
