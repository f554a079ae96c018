-- Who signed in for the person, under which mandate.
alter table openid.sign_in
  add column act jsonb;  -- [personal]
create index sign_in_of_mandate on openid.sign_in ((act ->> 'mandate')) where act is not null;
