-- Who acted for the applicant, under which mandate.
alter table casework.history
  add column act jsonb;  -- [personal]
