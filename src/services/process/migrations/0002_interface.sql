-- Task lists and searches by the key of the process, for those who work over the interface for machines.
alter table process.user_task add column key text not null default '';  -- [open]
update process.user_task t set key = i.key from process.instance i where i.case_id = t.case_id;
create index user_task_by_key on process.user_task (key, due_at, opened_at, case_id, number);
drop index process.user_task_queue;  -- nobody reads across processes any more

create index instance_by_business_key on process.instance (business_key);
create index instance_by_start on process.instance (key, started_at desc, case_id desc);
