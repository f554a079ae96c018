-- The device that the proof was last made with: the key of a phone, the number of a card.
alter table identity.binding
  add column device bytea;  -- [secret]

-- Devices that somebody reported as lost. Nobody signs in with them again, whoever has them now.
create table identity.lost_device (
  device bytea not null,  -- [secret]
  person_id uuid not null,  -- [personal]
  lost_at timestamptz not null,  -- [open]
  primary key (device)
);
create index lost_device_person on identity.lost_device (person_id);
