-- One data key a subject, wrapped by the platform's master key. Without it nothing sealed opens.
create table identity.subject_key (
  subject_id uuid not null,  -- [personal]
  wrapped bytea,  -- [secret]
  erased_at timestamptz,  -- [open]
  primary key (subject_id)
);

create table identity.person (
  person_id uuid not null,  -- [personal]
  profile bytea not null,  -- [sealed]
  email_lookup bytea not null,  -- [secret]
  national_id_lookup bytea,  -- [secret]
  language text not null,  -- [open]
  created_at timestamptz not null,  -- [open]
  erased_at timestamptz,  -- [open]
  primary key (person_id)
);

create table identity.officer (
  officer_id uuid not null,  -- [personal]
  agency_code text not null,  -- [open]
  profile bytea not null,  -- [sealed]
  email_lookup bytea not null,  -- [secret]
  roles text[] not null,  -- [open]
  language text not null,  -- [open]
  active boolean not null default true,  -- [open]
  created_at timestamptz not null,  -- [open]
  primary key (officer_id)
);
create index officer_of_agency on identity.officer (agency_code);

-- Who has an e-mail address or national id: keyed hashes, distributed by themselves.
create table identity.handle (
  lookup bytea not null,  -- [secret]
  subject_id uuid not null,  -- [personal]
  primary key (lookup)
);

create table identity.session (
  token_hash bytea not null,  -- [secret]
  realm text not null,  -- [open]
  subject_id uuid not null,  -- [personal]
  assurance text not null,  -- [open]
  method text not null,  -- [open]
  signed_in_at timestamptz not null,  -- [open]
  idle_until timestamptz not null,  -- [open]
  ends_at timestamptz not null,  -- [open]
  primary key (token_hash)
);
create index session_of_subject on identity.session (subject_id);

-- Codes sent by e-mail, waiting for their answer.
create table identity.code (
  challenge_hash bytea not null,  -- [secret]
  realm text not null,  -- [open]
  email bytea not null,  -- [sealed]
  code_mac bytea not null,  -- [secret]
  language text not null,  -- [open]
  tries_left integer not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  primary key (challenge_hash)
);

-- How often something was asked for since a window began.
create table identity.rate (
  bucket bytea not null,  -- [secret]
  since timestamptz not null,  -- [open]
  asked integer not null,  -- [open]
  primary key (bucket)
);

create table identity.passkey (
  subject_id uuid not null,  -- [personal]
  credential_hash bytea not null,  -- [secret]
  passkey_id uuid not null,  -- [personal]
  credential_id bytea not null,  -- [secret]
  public_key bytea not null,  -- [personal]
  algorithm integer not null,  -- [open]
  sign_count bigint not null,  -- [open]
  backup_eligible boolean not null,  -- [open]
  backed_up boolean not null,  -- [open]
  aaguid bytea not null,  -- [open]
  label bytea not null,  -- [sealed]
  created_at timestamptz not null,  -- [open]
  last_used_at timestamptz,  -- [open]
  primary key (subject_id, credential_hash)
);

-- WebAuthn challenges that were given out and not yet answered.
create table identity.ceremony (
  challenge_hash bytea not null,  -- [secret]
  purpose text not null,  -- [open]
  realm text not null,  -- [open]
  subject_id uuid,  -- [personal]
  expires_at timestamptz not null,  -- [open]
  primary key (challenge_hash)
);
