-- What people ask of the agencies that used their data. One question about a use at a time.
create table mydata.question (
  person_id uuid not null,  -- [personal]
  id uuid not null,  -- [open]
  number text not null,  -- [open]
  usage_id uuid not null,  -- [personal]
  agency text not null,  -- [open]
  state text not null check (state in ('open', 'answered', 'closed')),  -- [open]
  outcome text not null check (outcome in ('', 'justified', 'not_justified', 'corrected')),  -- [open]
  version integer not null,  -- [open]
  asked_at timestamptz not null,  -- [open]
  due_at timestamptz not null,  -- [open]
  added boolean not null,  -- [open]
  extended boolean not null,  -- [open]
  reminded boolean not null,  -- [open]
  escalated boolean not null,  -- [open]
  primary key (person_id, id),
  foreign key (person_id, usage_id) references mydata.usage (person_id, id)
);
create unique index question_one_a_use on mydata.question (person_id, usage_id) where state <> 'closed';
create index question_newest on mydata.question (person_id, asked_at desc);
create index question_of_agency on mydata.question (agency, state, due_at);

-- Every step, with exactly what was committed; words of the person and of the agency are sealed under the
-- person's key.
create table mydata.question_step (
  person_id uuid not null,  -- [personal]
  question_id uuid not null,  -- [open]
  sequence integer not null,  -- [open]
  at timestamptz not null,  -- [open]
  officer_id uuid,  -- [open]
  words bytea,  -- [sealed]
  content jsonb not null,  -- [personal]
  entry_id uuid not null,  -- [open]
  primary key (person_id, question_id, sequence),
  foreign key (person_id, question_id) references mydata.question (person_id, id)
);
