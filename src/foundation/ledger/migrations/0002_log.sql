-- Logs that live here. A batch locks the log's row, and replaces size and checkpoint only when they
-- still are what it has followed: so any number of nodes may append.
create table ledger.log (
  origin text primary key,  -- [open]
  vkey text not null,  -- [open]
  size bigint not null,  -- [open]
  note text not null,  -- [open] the checkpoint, signed by the log alone
  shown text not null,  -- [open] the same, perhaps with cosignatures
  proven_size bigint not null,  -- [open] the newest checkpoint that had its quorum; 0: none
  proven text not null,  -- [open]
  successor text,  -- [open] the key that the seal names; then nothing is added any more
  written_at timestamptz not null  -- [open]
);

-- One row a tile or bundle (level -1), as wide as it has grown. What is narrower is its beginning.
create table ledger.tile (
  origin text not null,  -- [open]
  level smallint not null,  -- [open]
  index bigint not null,  -- [open]
  width smallint not null,  -- [open]
  content bytea not null,  -- [open]
  primary key (origin, level, index)
);
alter table ledger.tile alter column content set storage external;  -- hashes do not compress

-- In which log an entry is: 1, or a successor after the key was changed.
alter table ledger.entry add column log_number integer not null default 1;  -- [open]
