-- Long values of archived actions lie apart from the short ones, so that a rule that reads only those is tried quickly.
-- Variables, zstd; null where none is long, and where the hits of the action have them. Removed with their row.
ALTER TABLE archive_actions ADD COLUMN texts BYTES;
