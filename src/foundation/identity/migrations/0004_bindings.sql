-- Levels of NIST SP 800-63-4 beside the one that the acts of the platform ask for, and methods as
-- RFC 8176 names them.
alter table identity.session
  add column authenticator_level smallint not null default 0,  -- [open]
  add column federation_level smallint not null default 0,  -- [open]
  add column amr text[] not null default '{}';  -- [open]
update identity.session set authenticator_level =
  case assurance when 'high' then 3 when 'substantial' then 2 when 'low' then 1 else 0 end;

-- Whether the register has vouched for the person, since when, and by which method.
alter table identity.person
  add column identity_level smallint not null default 0,  -- [open]
  add column proven_at timestamptz,  -- [open]
  add column proven_by text,  -- [open]
  alter column email_lookup drop not null;

-- Proofs of others that sign a person in. What they are bound to is in identity.handle.
create table identity.binding (
  person_id uuid not null,  -- [personal]
  binding_id uuid not null,  -- [personal]
  lookup bytea not null,  -- [secret]
  method text not null,  -- [open]
  authenticator_level smallint not null,  -- [open]
  created_at timestamptz not null,  -- [open]
  last_used_at timestamptz,  -- [open]
  primary key (person_id, binding_id)
);
