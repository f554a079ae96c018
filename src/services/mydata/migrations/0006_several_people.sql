-- One request may be about several people: whose data an item is, null = of whose request it is.
alter table mydata.request_item
  add column subject_id uuid,  -- [personal]
  add column item text;  -- [personal]
update mydata.request_item set item = resource_id;
alter table mydata.request_item
  alter column item set not null,
  drop constraint request_item_pkey,
  add primary key (client_id, request_id, item);
