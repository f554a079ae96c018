-- Systems of agencies that work over the interface for machines. A token is known by its digest only.
create table api.client (
  agency_id text not null,  -- [open]
  client_id uuid not null,  -- [open]
  name text not null,  -- [open]
  scopes text[] not null,  -- [open]
  token_digest bytea not null,  -- [secret]
  created_at timestamptz not null,  -- [open]
  revoked_at timestamptz,  -- [open]
  primary key (agency_id, client_id)
);
create index client_by_token on api.client (token_digest);
