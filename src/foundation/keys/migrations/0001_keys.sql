-- Master keys by their ids and states (SP 800-57 Part 1, 7). The keys themselves are in each machine's key file.
create table keys.master_key (
  key_id text not null,  -- [open]
  state text not null check (state in ('pre_activation', 'active', 'deactivated', 'destroyed')),  -- [open]
  since timestamptz not null,  -- [open]
  needed_until timestamptz,  -- [open]
  primary key (key_id)
);
create unique index one_active on keys.master_key (state) where state = 'active';

-- Keys of the platform itself, one a purpose, wrapped by a master key.
create table keys.purpose_key (
  purpose text not null,  -- [open]
  wrapped bytea not null,  -- [secret]
  primary key (purpose)
);

-- Which master keys each running process holds.
create table keys.node (
  node text not null,  -- [open]
  key_ids text[] not null,  -- [open]
  seen_at timestamptz not null,  -- [open]
  primary key (node)
);
