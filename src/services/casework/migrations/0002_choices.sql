-- Answers by which officers may filter their queue: pointer → value, only the choices that the
-- package declares in [queue]. Readable, and therefore never what says who somebody is.
alter table casework.application
  add column choices jsonb not null default '{}'; -- [open]
create index application_choices on casework.application using gin (choices jsonb_path_ops);
