-- Where a job that did not take in all hits ends: one for those before then has the rest.
ALTER TABLE revert_jobs ADD COLUMN rest_to BIGINT;
