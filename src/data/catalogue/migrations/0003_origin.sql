-- Where this catalogue's own addresses began when it was opened last; '' = never opened since this is noted.
alter table catalogue.identity add column origin text not null default '';  -- [open]
