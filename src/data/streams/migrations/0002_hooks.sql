-- Where records are sent to. The secret is told once and sealed.
create table streams.hook (
  hook_id uuid primary key,              -- [open]
  stream_id uuid not null references streams.stream on delete cascade,  -- [open]
  person_id uuid,                        -- [personal] who wants it; null = a program
  client_id text not null,               -- [open] the program, '' = a person
  url text not null,                     -- [personal]
  key text not null,                     -- [open] records about this one alone, '' = all
  wrapped_key bytea not null,            -- [secret]
  sealed_secret bytea not null,          -- [secret]
  state text not null check (state in ('active', 'disabled')),  -- [open]
  cursor bigint not null,                -- [open] what has arrived
  made_at timestamptz not null,          -- [open]
  next_at timestamptz not null,          -- [open]
  lease_until timestamptz not null,      -- [open] of who sends
  failures int not null default 0,       -- [open] one after another
  failing_since timestamptz,             -- [open]
  last_error text not null default '',   -- [open]
  delivered_at timestamptz,              -- [open]
  check ((person_id is null) <> (client_id = ''))
);
create index hook_stream on streams.hook (stream_id);
create index hook_person on streams.hook (person_id);
create index hook_due on streams.hook (next_at) where state = 'active';
