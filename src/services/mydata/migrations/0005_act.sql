-- Who decided for the person, under which mandate.
alter table mydata.consent
  add column act jsonb;  -- [personal]
