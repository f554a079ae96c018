-- What owners of a service did by hand to single cases. Rows are never removed: they are kept as long
-- as the case, and so for more than a year.
create table casework.operation (
  case_id uuid not null,                      -- [personal]
  operation_id uuid not null,                 -- [open]
  service text not null,                      -- [open]
  kind text not null,                         -- [open] retry or modify
  officer_id uuid not null,                   -- [personal]
  at timestamptz not null,                    -- [open]
  detail jsonb not null,                      -- [open] elements of the model, codes of incidents
  reason bytea,                               -- [sealed] the officer's own words; none for a retry
  primary key (case_id, operation_id)
);
create index operation_of_service on casework.operation (service, at desc, operation_id);
