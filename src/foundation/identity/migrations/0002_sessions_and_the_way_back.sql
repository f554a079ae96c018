-- Its person sees a session by an id of its own, with the device's short name and the last use.
alter table identity.session
  add column session_id uuid not null default gen_random_uuid(),  -- [open]
  add column browser text not null default '',  -- [personal]
  add column system text not null default '',  -- [personal]
  add column last_used_at timestamptz;  -- [open]
update identity.session set last_used_at = signed_in_at;
alter table identity.session
  alter column session_id drop default,
  alter column browser drop default,
  alter column system drop default,
  alter column last_used_at set not null;

-- A person who lost all passkeys waits, and may then enrol a new one for some days.
create table identity.recovery (
  person_id uuid not null,  -- [personal]
  recovery_id uuid not null,  -- [personal]
  started_at timestamptz not null,  -- [open]
  opens_at timestamptz not null,  -- [open]
  closes_at timestamptz not null,  -- [open]
  ended_at timestamptz,  -- [open]
  outcome text,  -- [open]
  primary key (person_id, recovery_id)
);
create unique index recovery_under_way on identity.recovery (person_id) where ended_at is null;

-- A team lead lets an officer enrol anew, once.
create table identity.enrolment (
  officer_id uuid not null,  -- [personal]
  enrolment_id uuid not null,  -- [personal]
  agency_code text not null,  -- [open]
  allowed_by uuid not null,  -- [personal]
  allowed_at timestamptz not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  ended_at timestamptz,  -- [open]
  outcome text,  -- [open]
  primary key (officer_id, enrolment_id)
);
create unique index enrolment_under_way on identity.enrolment (officer_id) where ended_at is null;
create index enrolment_of_agency on identity.enrolment (agency_code, allowed_at);
