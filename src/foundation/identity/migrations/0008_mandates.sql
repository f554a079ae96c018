-- Who may act for whom. holder_id is null until somebody accepts.
create table identity.mandate (
  principal_id uuid not null,  -- [personal]
  mandate_id uuid not null,  -- [personal]
  holder_id uuid,  -- [personal]
  kind text not null check (kind in ('guardian', 'company', 'granted')),  -- [open]
  state text not null check (state in ('offered', 'active', 'ended')),  -- [open]
  services boolean not null,  -- [open]
  data boolean not null,  -- [open]
  only_services text[] not null,  -- [open]
  granted_by uuid not null,  -- [personal]
  note bytea,  -- [sealed]
  code bytea,  -- [secret]
  offered_at timestamptz not null,  -- [open]
  answer_by timestamptz,  -- [open]
  accepted_at timestamptz,  -- [open]
  expires_at timestamptz not null,  -- [open]
  ended_at timestamptz,  -- [open]
  end_reason text,  -- [open]
  checked_at timestamptz,  -- [open]
  events integer not null default 0,  -- [open]
  primary key (principal_id, mandate_id)
);
create index mandate_of_holder on identity.mandate (holder_id) where holder_id is not null;
create unique index mandate_by_code on identity.mandate (code) where code is not null;
-- One that the registers vouch for is there once.
create unique index mandate_by_register on identity.mandate (principal_id, holder_id, kind)
  where state = 'active' and kind <> 'granted';

-- What happened to it, without gaps; content is exactly what was committed to the ledger, once for
-- the principal and once for the holder.
create table identity.mandate_event (
  principal_id uuid not null,  -- [personal]
  mandate_id uuid not null,  -- [personal]
  sequence integer not null,  -- [open]
  event text not null,  -- [open]
  at timestamptz not null,  -- [open]
  actor_id uuid,  -- [personal]
  content jsonb not null,  -- [personal]
  entry_id uuid not null,  -- [open]
  holder_entry_id uuid,  -- [open]
  primary key (principal_id, mandate_id, sequence),
  foreign key (principal_id, mandate_id) references identity.mandate (principal_id, mandate_id)
);

-- A session may act for somebody else, under this mandate.
alter table identity.session
  add column principal_id uuid,  -- [personal]
  add column mandate_id uuid;  -- [personal]
