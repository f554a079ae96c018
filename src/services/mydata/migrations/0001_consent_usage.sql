-- Consents: what was asked and where it stands. Terms are texts and names of fields, never values.
create table mydata.consent (
  person_id uuid not null,  -- [personal]
  id uuid not null,  -- [open]
  case_id uuid not null,  -- [personal]
  terms jsonb not null,  -- [open]
  state text not null check (state in ('requested', 'granted', 'refused', 'withdrawn', 'expired')),  -- [open]
  assurance text not null default 'none',  -- [open]
  valid_for_min integer not null check (valid_for_min > 0),  -- [open]
  requested_at timestamptz not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  decided_at timestamptz,  -- [open]
  ended_at timestamptz,  -- [open]
  changes integer not null,  -- [open]
  fetches integer not null default 0,  -- [open]
  primary key (person_id, id)
);
create index consent_by_id on mydata.consent (id);
create index consent_newest on mydata.consent (person_id, requested_at desc, id desc);

-- Every change, in a row without gaps, with exactly what was committed to the ledger.
create table mydata.consent_change (
  person_id uuid not null,  -- [personal]
  consent_id uuid not null,  -- [open]
  sequence integer not null,  -- [open]
  state text not null,  -- [open]
  at timestamptz not null,  -- [open]
  assurance text not null,  -- [open]
  content jsonb not null,  -- [personal]
  entry_id uuid not null,  -- [open]
  primary key (person_id, consent_id, sequence),
  foreign key (person_id, consent_id) references mydata.consent (person_id, id)
);

-- Calls under way and done; what they brought is not kept.
create table mydata.fetch (
  person_id uuid not null,  -- [personal]
  id uuid not null,  -- [open]
  consent_id uuid not null,  -- [open]
  started_at timestamptz not null,  -- [open]
  outcome text check (outcome in ('delivered', 'dropped', 'failed')),  -- [open]
  primary key (person_id, id),
  foreign key (person_id, consent_id) references mydata.consent (person_id, id)
);
create index fetch_under_way on mydata.fetch (person_id, consent_id) where outcome is null;

-- Who used a person's data; content is exactly what was committed.
create table mydata.usage (
  person_id uuid not null,  -- [personal]
  id uuid not null,  -- [open]
  at timestamptz not null,  -- [open]
  content jsonb not null,  -- [personal]
  entry_id uuid,  -- [open]
  primary key (person_id, id)
);
create index usage_newest on mydata.usage (person_id, at desc, id desc);

-- Records of gateways that name nobody we know: kept and committed, in nobody's list.
create table mydata.unattributed_usage (
  gateway text not null,  -- [open]
  id uuid not null,  -- [open]
  at timestamptz not null,  -- [open]
  content jsonb not null,  -- [open]
  entry_id uuid,  -- [open]
  primary key (gateway, id)
);
