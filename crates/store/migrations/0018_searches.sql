-- What people look for in lists.

-- The newest saves of all of a wiki's filters, of everybody or of one person.
CREATE INDEX filter_versions_newest ON filter_versions (wiki, edited_at, filter_id, version);
CREATE INDEX filter_versions_by ON filter_versions (wiki, edited_by_name, edited_at, filter_id, version);

-- Kept actions by who acted and by page, in the order of lists. The first takes the place of the one of names alone.
DROP INDEX archive_actions_actor;
CREATE INDEX archive_actions_by ON archive_actions (wiki, actor_name, at, evaluation_id);
CREATE INDEX archive_actions_on ON archive_actions (wiki, target_title, at, evaluation_id);
