-- The newest saves of all of a wiki's filters, of everybody or of one person.
CREATE INDEX filter_versions_newest ON filter_versions (wiki, edited_at, filter_id, version);
CREATE INDEX filter_versions_by ON filter_versions (wiki, edited_by_name, edited_at, filter_id, version);
