-- Certificates of authorities that are not the registry's: published, never in its list of revoked ones.
alter table registry.certificate add column outside boolean not null default false;  -- [open]
