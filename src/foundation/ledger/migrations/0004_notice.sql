-- A notice a day, and since when one waits for its quorum.
create table ledger.notice (
  origin text not null,  -- [open]
  day date not null,  -- [open] in Taiwan
  text text,  -- [open] none: it waits
  since timestamptz not null,  -- [open]
  primary key (origin, day)
);
