-- Finds the data keys that a master key wraps, by its id in the wrapped form, when another takes over.
create index subject_key_by_master on identity.subject_key (substring(wrapped from 2 for 8), subject_id)
  where wrapped is not null;
