-- Distributed by case_id. A payment's number comes from a sequence, so it needs no unique constraint
-- across shards.
create sequence payments.slip_number;

create table payments.payments (
  case_id      uuid not null,           -- [personal]
  id           uuid not null,           -- [personal]
  person_id    uuid not null,           -- [personal]
  agency_id    text not null,           -- [open]
  reason       text not null,           -- [open]
  title_zh     text not null,           -- [open]
  title_en     text not null,           -- [open]
  amount_twd   bigint not null check (amount_twd between 1 and 999999999),  -- [open]
  due          date not null,           -- [open]
  number       text not null,           -- [personal]
  status       text not null check (status in ('open', 'paid', 'expired', 'refunding')),  -- [open]
  channel      text not null check (channel in ('none', 'online', 'slip')),  -- [open]
  created_at   timestamptz not null,    -- [open]
  paid_at      timestamptz,             -- [open]
  checkout_at  timestamptz,             -- [open]
  last_event   bigint not null default 0,  -- [open]
  primary key (case_id, id),
  unique (case_id, reason)
);
create index payments_by_id on payments.payments (id);
create index payments_by_number on payments.payments (number);

-- Every change of status, numbered without gaps.
create table payments.history (
  case_id     uuid not null,            -- [personal]
  payment_id  uuid not null,            -- [personal]
  number      integer not null,         -- [open]
  status      text not null,            -- [open]
  cause       text not null,            -- [open]
  at          timestamptz not null,     -- [open]
  entry_id    uuid not null,            -- [personal]
  content     jsonb not null,           -- [personal]
  primary key (case_id, payment_id, number),
  foreign key (case_id, payment_id) references payments.payments (case_id, id) on delete cascade
);

-- Money that came, each piece once. applied = false: it pays nothing and goes back.
create table payments.receipts (
  case_id     uuid not null,            -- [personal]
  payment_id  uuid not null,            -- [personal]
  channel     text not null,            -- [open]
  reference   text not null,            -- [personal]
  amount_twd  bigint not null,          -- [open]
  paid_at     timestamptz not null,     -- [open]
  booked_at   timestamptz not null,     -- [open]
  applied     boolean not null,         -- [open]
  primary key (case_id, payment_id, channel, reference),
  foreign key (case_id, payment_id) references payments.payments (case_id, id) on delete cascade
);
create unique index receipts_pay_once on payments.receipts (case_id, payment_id) where applied;

-- Messages of the provider, so that a repeated one gets the same answer.
create table payments.events (
  case_id     uuid not null,            -- [personal]
  payment_id  uuid not null,            -- [personal]
  event       text not null,            -- [personal]
  digest      bytea not null,           -- [secret]
  answer      jsonb not null,           -- [personal]
  at          timestamptz not null,     -- [open]
  primary key (case_id, payment_id, event),
  foreign key (case_id, payment_id) references payments.payments (case_id, id) on delete cascade
);
