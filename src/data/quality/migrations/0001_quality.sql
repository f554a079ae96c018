-- How far the catalogue was followed: one row.
create table quality.progress (
  one boolean primary key default true check (one),  -- [open]
  position bigint not null                            -- [open] of catalogue.changes()
);
insert into quality.progress (position) values (0);

-- What is known of each published dataset.
create table quality.dataset (
  dataset_id uuid primary key,         -- [open]
  publisher text not null,             -- [open]
  version int not null,                -- [open] of the dataset, that the addresses below are of
  checking boolean not null,           -- [open] some address has no finding for this version yet
  badge text not null,                 -- [open] of the last version that was checked whole
  badge_since timestamptz,             -- [open] null = never checked whole
  mqa int not null,                    -- [open] 0 … 405
  links int not null,                  -- [open]
  broken int not null,                 -- [open] of those
  timely text not null,                -- [open]
  due_at timestamptz,                  -- [open] when timeliness has to be looked at again
  assessed_at timestamptz not null,    -- [open]
  asked_at timestamptz,                -- [open] when somebody asked for a check last
  changed xid8 not null,               -- [open] transaction of the last change, for those who follow
  check (badge in ('none', 'bronze', 'silver', 'gold', 'platinum'))
);
create index dataset_changed on quality.dataset (changed);
create index dataset_due on quality.dataset (due_at) where due_at is not null;
create index dataset_publisher on quality.dataset (publisher);

-- Hosts are asked one after another: who works on an address of one has its lease. '' is this house.
create table quality.host (
  host text primary key,          -- [open]
  next_at timestamptz not null,   -- [open] not before: the pause between requests, or as the host asked
  lease uuid,                     -- [open]
  lease_until timestamptz         -- [open]
);
create index host_next on quality.host (next_at);

-- An address of a distribution, and what was found there.
create table quality.link (
  distribution_id uuid not null,       -- [open]
  kind text not null,                  -- [open]
  dataset_id uuid not null references quality.dataset (dataset_id) on delete cascade,  -- [open]
  url text not null,                   -- [open]
  host text not null,                  -- [open]
  state text not null,                 -- [open]
  version int not null,                -- [open] of the dataset, for which the findings stand; 0 = none
  wanted int not null,                 -- [open] version of the dataset that the address is of
  thorough boolean not null,           -- [open] the file is to be read again
  next_at timestamptz not null,        -- [open]
  begun int not null default 0,        -- [open] attempts that came to no end: their processes died
  failures int not null default 0,     -- [open] tries in a row without success
  failing_since timestamptz,           -- [open]
  postponed int not null default 0,    -- [open] times in a row that the host asked for patience
  status int,                          -- [open] HTTP, as of the last finding; 0 = no answer
  findings jsonb not null,             -- [open] criterion → finding
  evidence jsonb not null,             -- [open] [{criterion, finding, reason, expected, found}]
  etag text not null default '',           -- [open]
  last_modified text not null default '',  -- [open]
  checked_at timestamptz,              -- [open] the last try
  read_at timestamptz,                 -- [open] when the file was read last
  primary key (distribution_id, kind),
  check (kind in ('access', 'download')),
  check (state in ('waiting', 'ok', 'failing', 'broken'))
);
create index link_due on quality.link (host, next_at);
create index link_dataset on quality.link (dataset_id);

-- Checks of addresses; the newest of each are kept.
create table quality.run (
  run_id uuid primary key,        -- [open]
  distribution_id uuid not null,  -- [open]
  kind text not null,             -- [open]
  dataset_id uuid not null references quality.dataset (dataset_id) on delete cascade,  -- [open]
  at timestamptz not null,        -- [open]
  outcome text not null,          -- [open]
  status int,                     -- [open] HTTP; 0 = no answer
  reason text not null,           -- [open] code of what went wrong; '' = nothing
  was_read boolean not null,      -- [open] the file itself was read
  bytes bigint not null,          -- [open]
  took_ms int not null,           -- [open]
  evidence jsonb not null,        -- [open]
  check (outcome in ('passed', 'failed', 'postponed'))
);
create index run_of_link on quality.run (distribution_id, kind, at desc);
create index run_of_dataset on quality.run (dataset_id, at desc);

-- When the badge of a dataset changed, and why.
create table quality.change (
  dataset_id uuid not null references quality.dataset (dataset_id) on delete cascade,  -- [open]
  at timestamptz not null,         -- [open]
  version int not null,            -- [open]
  before text,                     -- [open] null = the first one
  badge text not null,             -- [open]
  mqa int not null,                -- [open]
  unmet text[] not null,           -- [open] criteria of the next badge that were not met
  primary key (dataset_id, at)
);

-- Publishers day by day.
create table quality.day (
  day date not null,          -- [open]
  publisher text not null,    -- [open]
  datasets int not null,      -- [open]
  checked int not null,       -- [open] of those: the others wait for their first check
  bronze int not null,        -- [open]
  silver int not null,        -- [open]
  gold int not null,          -- [open]
  platinum int not null,      -- [open]
  links int not null,         -- [open]
  broken int not null,        -- [open]
  mqa bigint not null,        -- [open] sum
  primary key (day, publisher)
);

-- What the data stewards of an agency are to be told in their next mail.
create table quality.news (
  agency text not null,          -- [open]
  dataset_id uuid not null,      -- [open]
  subject text not null,         -- [open] "badge", or the address's distribution and kind
  what text not null,            -- [open]
  content jsonb not null,        -- [open]
  at timestamptz not null,       -- [open]
  primary key (agency, dataset_id, subject)
);
create table quality.mailed (
  agency text primary key,   -- [open]
  at timestamptz not null    -- [open]
);
