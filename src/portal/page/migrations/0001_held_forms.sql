-- Forms that were sent after the sign-in had run out. The key to `sealed` is only in the browser's
-- cookie; `id` is made from it, `owner_tag` says whose form it was without naming anybody.
create schema if not exists page;
create table page.held_form (
  id         bytea primary key,     -- [secret]
  owner_tag  bytea not null,        -- [secret]
  sealed     bytea not null,        -- [sealed]
  expires_at timestamptz not null   -- [open]
);
create index held_form_expires on page.held_form (expires_at);
