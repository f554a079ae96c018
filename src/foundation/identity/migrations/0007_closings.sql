-- When and why accounts of people who have died were closed, and opened again after a mistake.
create table identity.closing (
  person_id uuid not null,  -- [personal]
  closing_id uuid not null,  -- [personal]
  at timestamptz not null,  -- [open]
  closed boolean not null,  -- [personal]
  cause text not null,  -- [open]
  officer_id uuid,  -- [personal]
  reason bytea,  -- [sealed]
  primary key (person_id, closing_id)
);

alter table identity.person
  -- The last event of the household register about the person, so that it counts once.
  add column life_event text,  -- [personal]
  -- An officer found that the register was wrong: only what it tells later closes the account.
  add column closing_overruled_at timestamptz;  -- [personal]
