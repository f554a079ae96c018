-- Certificates that the registry itself issues for those in force, and that are revoked in time when
-- there are newer ones.
alter table registry.certificate alter column issued_by drop not null;
alter table registry.certificate add column superseded_at timestamptz;  -- [open]
