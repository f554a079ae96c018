-- Service packages that were served; cases stay with the version they were submitted under.
create table casework.package (
  digest text primary key,                    -- [open]
  service text not null,                      -- [open]
  files jsonb not null,                       -- [open]
  first_served timestamptz not null           -- [open]
);

-- Serial numbers in application numbers; gaps are no harm.
create sequence casework.serial;

create table casework.draft (
  person_id uuid not null,                    -- [personal]
  draft_id uuid not null,                     -- [personal]
  service text not null,                      -- [open]
  package_digest text not null,               -- [open]
  version integer not null,                   -- [open]
  answers bytea not null,                     -- [sealed]
  pages_done text[] not null,                 -- [open]
  started timestamptz not null,               -- [open]
  saved timestamptz not null,                 -- [open]
  kept_until timestamptz not null,            -- [open]
  case_id uuid,                               -- [personal]
  primary key (person_id, draft_id)
);
create index draft_kept_until on casework.draft (kept_until);

-- One row per intention to submit: the same token gives the same case.
create table casework.submission (
  person_id uuid not null,                    -- [personal]
  token_hash bytea not null,                  -- [secret]
  case_id uuid not null,                      -- [personal]
  primary key (person_id, token_hash)
);

create table casework.person_case (
  person_id uuid not null,                    -- [personal]
  case_id uuid not null,                      -- [personal]
  service text not null,                      -- [open]
  final boolean not null,                     -- [open]
  primary key (person_id, case_id)
);
-- At most one open application of a service and person; both columns lie with the person.
create unique index person_case_open on casework.person_case (person_id, service) where not final;

create table casework.number (
  number text primary key,                    -- [personal]
  case_id uuid not null                       -- [personal]
);

create table casework.name_key (
  name_key bytea not null,                    -- [secret]
  case_id uuid not null,                      -- [personal]
  primary key (name_key, case_id)
);

create table casework.application (
  case_id uuid primary key,                   -- [personal]
  person_id uuid not null,                    -- [personal]
  number text not null,                       -- [personal]
  service text not null,                      -- [open]
  package_digest text not null,               -- [open]
  state text not null,                        -- [open]
  version integer not null,                   -- [open]
  answers bytea not null,                     -- [sealed]
  ministry text,                              -- [open]
  fee_twd bigint not null,                    -- [open]
  payment_id uuid,                            -- [personal]
  payment_call bigint,                        -- [open]
  paid boolean not null,                      -- [open]
  pay_until date,                             -- [open]
  statutory_days integer not null,            -- [open]
  submitted timestamptz not null,             -- [open]
  clock_from date,                            -- [open]
  stopped_from date,                          -- [open]
  stopped_days integer not null default 0,    -- [open]
  due date,                                   -- [open]
  ended timestamptz,                          -- [open]
  history_length integer not null default 0   -- [open]
);
create index application_state on casework.application (state, due);

create table casework.history (
  case_id uuid not null,                      -- [personal]
  sequence integer not null,                  -- [open]
  at timestamptz not null,                    -- [open]
  event text not null,                        -- [open]
  agency text,                                -- [open]
  officer_id uuid,                            -- [personal]
  by_applicant boolean not null,              -- [open]
  step text not null,                         -- [open]
  detail jsonb not null,                      -- [open]
  state text not null,                        -- [open]
  ledger_entry uuid not null,                 -- [open]
  primary key (case_id, sequence)
);

create table casework.task (
  case_id uuid not null,                      -- [personal]
  task_id uuid not null,                      -- [open]
  process_task bigint not null,               -- [open]
  parent uuid,                                -- [open]
  kind text not null,                         -- [open]
  service text not null,                      -- [open]
  number text not null,                       -- [personal]
  step text not null,                         -- [open]
  agency text not null,                       -- [open]
  role text not null,                         -- [open]
  status text not null,                       -- [open]
  version integer not null,                   -- [open]
  created timestamptz not null,               -- [open]
  due date not null,                          -- [open]
  stopped_days integer not null default 0,    -- [open]
  claimed_by uuid,                            -- [personal]
  done_by uuid,                               -- [personal]
  done timestamptz,                           -- [open]
  outcome text,                               -- [open]
  primary key (case_id, task_id)
);
create index task_by_id on casework.task (task_id);
create index task_queue on casework.task (agency, due, task_id) where status = 'open';
create index task_done on casework.task (agency, done) where status = 'done';

create table casework.mark (
  case_id uuid not null,                      -- [personal]
  field text not null,                        -- [open]
  agency text not null,                       -- [open]
  value text not null,                        -- [open]
  note bytea not null,                        -- [sealed]
  officer_id uuid not null,                   -- [personal]
  at timestamptz not null,                    -- [open]
  primary key (case_id, field, agency)
);

create table casework.supplement (
  case_id uuid not null,                      -- [personal]
  supplement_id uuid not null,                -- [open]
  task_id uuid not null,                      -- [open]
  agency text not null,                       -- [open]
  officer_id uuid not null,                   -- [personal]
  reason text not null,                       -- [open]
  content bytea not null,                     -- [sealed]
  requested timestamptz not null,             -- [open]
  due date not null,                          -- [open]
  status text not null,                       -- [open]
  answered timestamptz,                       -- [open]
  old_values bytea,                           -- [sealed]
  answer_digest bytea,                        -- [secret]
  primary key (case_id, supplement_id)
);
create unique index supplement_open on casework.supplement (case_id) where status = 'open';

-- A refusal that waits for, or went through, the second pair of eyes.
create table casework.proposal (
  case_id uuid not null,                      -- [personal]
  task_id uuid not null,                      -- [open]
  number integer not null,                    -- [open]
  officer_id uuid not null,                   -- [personal]
  outcome text not null,                      -- [open]
  grounds text[] not null,                    -- [open]
  words bytea not null,                       -- [sealed]
  at timestamptz not null,                    -- [open]
  status text not null,                       -- [open]
  answered_by uuid,                           -- [personal]
  primary key (case_id, task_id, number)
);

create table casework.decision (
  case_id uuid primary key,                   -- [personal]
  approved boolean not null,                  -- [open]
  agency text not null,                       -- [open]
  grounds text[] not null,                    -- [open]
  words bytea not null,                       -- [sealed]
  decided timestamptz not null,               -- [open]
  appeal_until date                           -- [open]
);

create table casework.opinion (
  case_id uuid not null,                      -- [personal]
  task_id uuid not null,                      -- [open]
  agency text not null,                       -- [open]
  step text not null,                         -- [open]
  outcome text not null,                      -- [open]
  words bytea not null,                       -- [sealed]
  at timestamptz not null,                    -- [open]
  primary key (case_id, task_id)
);

create table casework.fetched (
  case_id uuid not null,                      -- [personal]
  item text not null,                         -- [open]
  consent_id uuid not null,                   -- [personal]
  status text not null,                       -- [open]
  content bytea,                              -- [sealed]
  at timestamptz,                             -- [open]
  primary key (case_id, item)
);

create table casework.document (
  case_id uuid not null,                      -- [personal]
  document_id uuid not null,                  -- [personal]
  field text not null,                        -- [open]
  kind text not null,                         -- [open]
  valid_until date,                           -- [open]
  primary key (case_id, document_id)
);

create table casework.message (
  case_id uuid not null,                      -- [personal]
  message_id uuid not null,                   -- [open]
  place integer not null,                     -- [open]
  at timestamptz not null,                    -- [open]
  from_applicant boolean not null,            -- [open]
  agency text not null,                       -- [open]
  officer_id uuid,                            -- [personal]
  content bytea not null,                     -- [sealed]
  read boolean not null default false,        -- [open]
  primary key (case_id, message_id)
);

-- A fetch step that waits for the applicant to answer about consent.
create table casework.waiting_fetch (
  case_id uuid not null,                      -- [personal]
  step text not null,                         -- [open]
  call bigint not null,                       -- [open]
  until timestamptz not null,                 -- [open]
  tries integer not null,                     -- [open]
  primary key (case_id, step)
);
