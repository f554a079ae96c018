-- Distributed by person_id. The order of columns in keys follows it.
create table documents.documents (
  person_id   uuid not null,            -- [personal]
  id          uuid not null,            -- [personal]
  case_id     uuid,                     -- [personal]
  purpose     text not null,            -- [open]
  origin      text not null check (origin in ('uploaded', 'generated')),  -- [open]
  type        text not null check (type in ('pdf', 'jpeg', 'png')),       -- [open]
  bytes       bigint not null check (bytes > 0),  -- [open]
  pieces      integer not null check (pieces > 0),  -- [open]
  pages       integer not null,         -- [open]
  width       integer not null,         -- [open]
  height      integer not null,         -- [open]
  file_name   bytea not null,           -- [sealed]
  digest      bytea not null,           -- [sealed]
  found_by    bytea not null,           -- [secret]
  created_at  timestamptz not null,     -- [open]
  primary key (person_id, id)
);
create index documents_by_case on documents.documents (person_id, case_id) where case_id is not null;
create index documents_unattached on documents.documents (created_at) where case_id is null;

create table documents.pieces (
  person_id    uuid not null,           -- [personal]
  document_id  uuid not null,           -- [personal]
  number       integer not null,        -- [open]
  content      bytea not null,          -- [sealed]
  primary key (person_id, document_id, number),
  foreign key (person_id, document_id) references documents.documents (person_id, id) on delete cascade
);
-- Sealed bytes do not compress; trying costs time.
alter table documents.pieces alter column content set storage external;
