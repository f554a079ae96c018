-- What the exchange is made of. One row that every change locks, so that changes have an order.
create table registry.exchange (
  id boolean not null default true check (id),  -- [open]
  base text not null,  -- [open]
  primary key (id)
);
insert into registry.exchange (base) values ('');

-- Files with which agencies ask to join; the id is the hex SHA-256 of what was asked.
create table registry.request (
  id text not null,  -- [open]
  member_code text not null,  -- [open]
  gateway text not null,  -- [open]
  content text not null,  -- [open]
  state text not null check (state in ('received', 'approved', 'refused')),  -- [open]
  received_at timestamptz not null,  -- [open]
  decided_at timestamptz,  -- [open]
  decided_by uuid,  -- [personal]
  reason text not null default '',  -- [open]
  primary key (id)
);
create index request_newest on registry.request (received_at desc);

create table registry.member (
  code text not null,  -- [open]
  class text not null,  -- [open]
  name_zh text not null,  -- [open]
  name_en text not null,  -- [open]
  added_at timestamptz not null,  -- [open]
  added_by uuid not null,  -- [personal]
  primary key (code)
);

-- Also of members that the base brings.
create table registry.subsystem (
  member_code text not null,  -- [open]
  name text not null,  -- [open]
  added_at timestamptz not null,  -- [open]
  added_by uuid not null,  -- [personal]
  primary key (member_code, name)
);

create table registry.gateway (
  member_code text not null,  -- [open]
  name text not null,  -- [open]
  url text not null,  -- [open]
  signing_key bytea not null,  -- [open]
  added_at timestamptz not null,  -- [open]
  added_by uuid not null,  -- [personal]
  ended_at timestamptz,  -- [open]
  ended_by uuid,  -- [personal]
  primary key (member_code, name)
);

create table registry.certificate (
  member_code text not null,  -- [open]
  serial text not null,  -- [open]
  gateway text not null,  -- [open]
  usage text not null check (usage in ('tls', 'seal')),  -- [open]
  request_id text not null,  -- [open]
  pem text not null,  -- [open]
  issued_at timestamptz not null,  -- [open]
  issued_by uuid not null,  -- [personal]
  expires_at timestamptz not null,  -- [open]
  revoked_at timestamptz,  -- [open]
  revoked_by uuid,  -- [personal]
  reason text,  -- [open]
  primary key (member_code, serial)
);
create index certificate_of_request on registry.certificate (request_id);

-- A service with the description it was made from.
create table registry.service (
  id text not null,  -- [open]
  content jsonb not null,  -- [open]
  operations jsonb not null,  -- [open]
  openapi text not null,  -- [open]
  openapi_sha256 bytea not null,  -- [open]
  added_at timestamptz not null,  -- [open]
  added_by uuid not null,  -- [personal]
  ended_at timestamptz,  -- [open]
  ended_by uuid,  -- [personal]
  primary key (id)
);

-- One access rule as the configuration has it.
create table registry.rule (
  id uuid not null,  -- [open]
  content jsonb not null,  -- [open]
  added_at timestamptz not null,  -- [open]
  added_by uuid not null,  -- [personal]
  ended_at timestamptz,  -- [open]
  ended_by uuid,  -- [personal]
  primary key (id)
);

-- What was published. digest: of everything but version, times and list of revoked certificates.
create table registry.publication (
  version bigint not null,  -- [open]
  issued_at timestamptz not null,  -- [open]
  expires_at timestamptz not null,  -- [open]
  digest bytea not null,  -- [open]
  content text not null,  -- [open]
  primary key (version)
);

-- Who did what; nobody's: the platform itself.
create table registry.change (
  number bigint generated always as identity,  -- [open]
  at timestamptz not null,  -- [open]
  officer uuid,  -- [personal]
  action text not null,  -- [open]
  subject text not null,  -- [open]
  detail text not null,  -- [open]
  primary key (number)
);
