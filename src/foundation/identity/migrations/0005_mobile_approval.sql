-- Requests for an approval on somebody's phone, one at a time in a browser. They live for minutes.
create table identity.approval (
  browser bytea not null,  -- [secret]
  transaction_id uuid not null,  -- [personal]
  person bytea,  -- [secret]
  mode text not null,  -- [open]
  number integer not null,  -- [open]
  state text not null,  -- [open]
  parcel bytea not null,  -- [secret]
  expires_at timestamptz not null,  -- [open]
  asked_at timestamptz not null,  -- [open]
  primary key (browser)
);
create index approval_person on identity.approval (person) where person is not null;

-- Devices that somebody has signed in on, as far as their names tell them apart.
create table identity.known_device (
  person_id uuid not null,  -- [personal]
  device bytea not null,  -- [secret]
  seen_at timestamptz not null,  -- [open]
  primary key (person_id, device)
);

-- The household register said that the person has died.
alter table identity.person
  add column closed_at timestamptz;  -- [personal]
