-- One key of the room, wrapped by a master key: seals signing keys, makes pairwise subjects. Lost,
-- every system sees new people.
create table openid.room_key (
  id text not null check (id = 'room'),  -- [open]
  wrapped bytea not null,  -- [secret]
  primary key (id)
);

-- Keys that sign ID tokens. A next one is published before it signs, a past one as long as what it
-- signed may be shown to us or others.
create table openid.signing_key (
  kid text not null,  -- [open]
  sealed bytea not null,  -- [secret]
  public_key jsonb not null,  -- [open]
  state text not null check (state in ('next', 'active', 'past')),  -- [open]
  since timestamptz not null,  -- [open]
  primary key (kid)
);
create unique index signing_key_in_use on openid.signing_key (state) where state <> 'past';

create table openid.client (
  client_id text not null,  -- [open]
  metadata jsonb not null,  -- [open]
  added_at timestamptz not null,  -- [open]
  ended_at timestamptz,  -- [open]
  primary key (client_id)
);

-- Pushed requests, and what a browser is about to do: sealed under a key that only whoever was
-- given the token can make.
create table openid.parcel (
  id bytea not null,  -- [secret]
  sealed bytea not null,  -- [sealed]
  expires_at timestamptz not null,  -- [open]
  primary key (id)
);
create index parcel_expiry on openid.parcel (expires_at);

-- One person signed in once with one client; all tokens that came of it.
create table openid.sign_in (
  sign_in_id uuid not null,  -- [open]
  client_id text not null,  -- [open]
  person_id uuid not null,  -- [personal]
  session_id uuid not null,  -- [personal]
  scopes text[] not null,  -- [open]
  acr text not null,  -- [open]
  amr text[] not null,  -- [open]
  auth_time timestamptz not null,  -- [personal]
  made_at timestamptz not null,  -- [personal]
  expires_at timestamptz not null,  -- [open]
  looked_at timestamptz not null,  -- [open]
  session_over boolean not null default false,  -- [open]
  ended_at timestamptz,  -- [open]
  primary key (sign_in_id)
);
create index sign_in_of_session on openid.sign_in (session_id) where not session_over;
create index sign_in_of_person on openid.sign_in (person_id, client_id) where ended_at is null;
create index sign_in_to_look_at on openid.sign_in (looked_at) where not session_over;
create index sign_in_expiry on openid.sign_in (expires_at);

create table openid.code (
  digest bytea not null,  -- [secret]
  sign_in_id uuid not null,  -- [open]
  redirect_uri text not null,  -- [open]
  challenge text not null,  -- [open]
  nonce text not null,  -- [open]
  dpop_jkt text not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  used_at timestamptz,  -- [open]
  primary key (digest)
);
create index code_expiry on openid.code (expires_at);

create table openid.refresh_token (
  digest bytea not null,  -- [secret]
  sign_in_id uuid not null,  -- [open]
  bound_to text not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  used_at timestamptz,  -- [open]
  primary key (digest)
);
create index refresh_token_expiry on openid.refresh_token (expires_at);

create table openid.access_token (
  digest bytea not null,  -- [secret]
  sign_in_id uuid not null,  -- [open]
  scopes text[] not null,  -- [open]
  bound_to text not null,  -- [open]
  made_at timestamptz not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  primary key (digest)
);
create index access_token_expiry on openid.access_token (expires_at);

-- Statements that must not come twice.
create table openid.seen (
  digest bytea not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  primary key (digest)
);
create index seen_expiry on openid.seen (expires_at);

create table openid.consent (
  person_id uuid not null,  -- [personal]
  client_id text not null,  -- [personal]
  scopes text[] not null,  -- [personal]
  given_at timestamptz not null,  -- [personal]
  used_at timestamptz not null,  -- [personal]
  primary key (person_id, client_id)
);
