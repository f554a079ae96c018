-- 我想要更多: data that somebody wants. Titles and words are written to be published; who wrote them is not.
create table voices.request (
  request_id uuid primary key,        -- [open]
  person_id uuid not null,            -- [personal] who asks
  name bytea,                         -- [sealed] as they want to be shown; null = 匿名
  title text not null,                -- [open]
  wanted text not null,               -- [open] the dataset, as the asker calls it
  columns text not null,              -- [open]
  reason text not null,               -- [open]
  unit text not null,                 -- [open] of an organisation, '' = none
  asker text not null,                -- [open]
  industry text not null,             -- [open]
  suggested text not null,            -- [open] publisher, '' = none
  publisher text not null,            -- [open] who answers, '' = not routed yet
  state text not null,                -- [open]
  kind text not null,                 -- [open] of the last answer
  promised_on date,                   -- [open] null = nothing is promised that is not released
  dataset_id uuid,                    -- [open] what came of it
  stars int not null,                 -- [open] of the last rating, 0 = none
  answers int not null,               -- [open]
  reroutes int not null,              -- [open] by agencies
  supporters int not null,            -- [open]
  version int not null,               -- [open] how many steps there were
  asked_at timestamptz not null,      -- [open]
  answered_at timestamptz,            -- [open] last
  remind_at timestamptz not null,     -- [open]
  due_at timestamptz not null,        -- [open]
  reminded boolean not null,          -- [open]
  escalated boolean not null,         -- [open]
  promise_missed boolean not null,    -- [open]
  check (state in ('held', 'open', 'answered', 'reopened', 'answered_again', 'closed', 'declined')),
  check (asker in ('company', 'association', 'community', 'person')),
  check (stars between 0 and 5)
);
create index request_newest on voices.request (asked_at desc) where state not in ('held', 'declined');
create index request_wanted on voices.request (supporters desc, asked_at desc) where state not in ('held', 'declined');
create index request_publisher on voices.request (publisher, due_at);
create index request_held on voices.request (due_at) where state = 'held';
create index request_person on voices.request (person_id, asked_at desc);

create table voices.request_step (
  request_id uuid not null references voices.request,  -- [open]
  sequence int not null,              -- [open]
  at timestamptz not null,            -- [open]
  step text not null,                 -- [open]
  officer_id uuid,                    -- [open] null = the asker, or the clock
  content jsonb not null,             -- [open] what everybody reads
  primary key (request_id, sequence)
);

create table voices.request_supporter (
  request_id uuid not null references voices.request,  -- [open]
  person_id uuid not null,            -- [personal]
  at timestamptz not null,            -- [open]
  primary key (request_id, person_id)
);

-- What is wrong with a dataset.
create table voices.report (
  report_id uuid primary key,         -- [open]
  dataset_id uuid not null,           -- [open]
  distribution_id uuid,               -- [open] null = the whole dataset
  publisher text not null,            -- [open]
  person_id uuid,                     -- [personal] null = reported without an account
  name bytea,                         -- [sealed] as they want to be shown; null = 匿名
  kind text not null,                 -- [open]
  place text not null,                -- [open] row or column, '' = not said
  words text not null,                -- [open]
  state text not null,                -- [open]
  fixed_in int not null,              -- [open] version, 0 = without a new one
  merged_into uuid,                   -- [open]
  me_too int not null,                -- [open] others who have the problem
  again boolean not null,             -- [open] reopened once by the reporter
  version int not null,               -- [open] how many steps there were
  reported_at timestamptz not null,   -- [open]
  remind_at timestamptz not null,     -- [open]
  due_at timestamptz not null,        -- [open]
  reminded boolean not null,          -- [open]
  escalated boolean not null,         -- [open]
  check (state in ('held', 'open', 'acknowledged', 'fixed', 'not_a_problem', 'merged', 'declined')),
  check (kind in ('broken_link', 'wrong_values', 'encoding', 'missing_update', 'licence', 'other'))
);
create index report_dataset on voices.report (dataset_id, reported_at desc);
create index report_publisher on voices.report (publisher, due_at) where state in ('held', 'open', 'acknowledged');
create index report_person on voices.report (person_id, reported_at desc);

create table voices.report_step (
  report_id uuid not null references voices.report,  -- [open]
  sequence int not null,              -- [open]
  at timestamptz not null,            -- [open]
  step text not null,                 -- [open]
  officer_id uuid,                    -- [open]
  content jsonb not null,             -- [open] what everybody reads
  primary key (report_id, sequence)
);

create table voices.report_me_too (
  report_id uuid not null references voices.report,  -- [open]
  person_id uuid not null,            -- [personal]
  at timestamptz not null,            -- [open]
  primary key (report_id, person_id)
);

-- Stars and what a dataset is used for: one opinion a person and dataset.
create table voices.opinion (
  dataset_id uuid not null,           -- [open]
  person_id uuid not null,            -- [personal]
  stars int not null check (stars between 1 and 5),  -- [personal]
  purposes text[] not null,           -- [personal]
  at timestamptz not null,            -- [open]
  primary key (dataset_id, person_id)
);

-- What people made of the data.
create table voices.reuse (
  reuse_id uuid primary key,          -- [open]
  person_id uuid not null,            -- [personal]
  name bytea,                         -- [sealed]
  kind text not null check (kind in ('app', 'article', 'research', 'visualisation', 'other')),  -- [open]
  title text not null,                -- [open]
  words text not null,                -- [open]
  url text not null,                  -- [open]
  picture bytea,                      -- [open] PNG or JPEG
  picture_type text not null,         -- [open] '' = none
  datasets text[] not null,           -- [open] ids
  state text not null check (state in ('held', 'shown', 'declined', 'removed')),  -- [open]
  reason text not null,               -- [open] why not shown
  version int not null,               -- [open]
  sent_at timestamptz not null,       -- [open]
  shown_at timestamptz,               -- [open]
  checked_at timestamptz,             -- [open] the link
  failures int not null,              -- [open] of the link, one after another
  broken_since timestamptz            -- [open]
);
create index reuse_shown on voices.reuse (shown_at desc) where state = 'shown';
create index reuse_datasets on voices.reuse using gin (datasets) where state = 'shown';
create index reuse_held on voices.reuse (sent_at) where state = 'held';
create index reuse_person on voices.reuse (person_id);

-- What people want to be told.
create table voices.subscription (
  subscription_id uuid primary key,   -- [open]
  person_id uuid not null,            -- [personal]
  kind text not null check (kind in ('dataset', 'publisher', 'search')),  -- [open]
  target text not null,               -- [personal] dataset id, publisher code, or the search as JSON
  at_once boolean not null,           -- [open] false = weekly
  made_at timestamptz not null,       -- [open]
  searched_to timestamptz,            -- [open] of searches: changes up to then are told
  unique (person_id, kind, target)
);
create index subscription_target on voices.subscription (kind, target);

-- News that wait for their mail.
create table voices.news (
  subscription_id uuid not null references voices.subscription on delete cascade,  -- [open]
  event text not null,                -- [open] what happened, once: "catalogue:812", "late:<dataset>:<day>"
  dataset_id uuid,                    -- [open]
  content jsonb not null,             -- [open]
  at timestamptz not null,            -- [open]
  primary key (subscription_id, event)
);

-- A promised update that did not come is told once.
create table voices.told_late (
  dataset_id uuid primary key,        -- [open]
  due_at timestamptz not null         -- [open]
);

-- Uses of datasets, counted and nothing else: no address, no cookie, no person.
create table voices.use (
  day date not null,                  -- [open] in Taiwan
  dataset_id uuid not null,           -- [open]
  what text not null check (what in ('view', 'download', 'api')),  -- [open]
  client text not null check (client in ('browser', 'program', 'bot')),  -- [open]
  uses bigint not null,               -- [open]
  primary key (day, dataset_id, what, client)
);
create index use_dataset on voices.use (dataset_id, day);
