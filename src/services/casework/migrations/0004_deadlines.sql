-- What periods do by themselves: reminders and escalations that officers see, and what silence decided.
alter table casework.task
  add column reminded timestamptz,                    -- [open]
  add column escalated timestamptz;                   -- [open]
alter table casework.opinion
  add column deemed boolean not null default false;   -- [open]
alter table casework.decision
  add column deemed boolean not null default false;   -- [open]

-- The calendar of working days by which the stored last days were counted.
create table casework.office_calendar (
  digest text primary key,                            -- [open]
  counted timestamptz not null                        -- [open]
);
