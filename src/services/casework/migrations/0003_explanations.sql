-- Which rules fired with which values, as it was shown to the applicant.
create table casework.explanation (
  case_id uuid not null,                      -- [personal]
  moment text not null,                       -- [open] submission or decision
  made timestamptz not null,                  -- [open]
  content bytea not null,                     -- [sealed] a list of records
  primary key (case_id, moment)
);
