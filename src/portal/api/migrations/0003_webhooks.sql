-- Where agencies want to be told what happens to instances of their models.
create table api.webhook (
  agency_id text not null,  -- [open]
  webhook_id uuid not null,  -- [open]
  url text not null,  -- [open]
  events text[] not null,  -- [open]
  wrapped_key bytea not null,  -- [secret]
  sealed_secret bytea not null,  -- [secret]
  created_at timestamptz not null,  -- [open]
  primary key (agency_id, webhook_id)
);
