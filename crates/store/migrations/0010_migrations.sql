-- How far the tables of another program were brought over to a wiki, and how many rows of each. Four rows per such wiki;
-- never removed, so that a later run goes on.
CREATE TABLE migrations (
    wiki TEXT NOT NULL,
    source_table TEXT NOT NULL,
    -- The number of the last row that was looked at.
    after_id BIGINT NOT NULL,
    migrated BIGINT NOT NULL,
    -- Rows that tell of other wikis' actions, which those wikis bring over themselves.
    mirrored BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (wiki, source_table)
);

-- Filters that were brought over, and up to which version of theirs. One row for each; never removed.
CREATE TABLE migrated_filters (
    wiki TEXT NOT NULL,
    source_id BIGINT NOT NULL,
    filter_wiki TEXT NOT NULL,
    -- The newest row of the history that was looked at, how many became versions, and how many could not be read.
    history_id BIGINT NOT NULL,
    history_rows BIGINT NOT NULL,
    history_refused BIGINT NOT NULL,
    -- Our version then: who has a newer one was changed here.
    version BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    is_latched BOOLEAN NOT NULL,
    PRIMARY KEY (wiki, source_id)
);

-- Rows that could not be brought over as they were. Removed when a later run could.
CREATE TABLE migration_problems (
    wiki TEXT NOT NULL,
    source_table TEXT NOT NULL,
    source_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- Whether the row is not here at all.
    is_lost BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (wiki, source_table, source_id, cause, detail)
);

CREATE INDEX hits_legacy ON hits (wiki, legacy_id) WHERE legacy_id IS NOT NULL;

-- Filters that matched actions which were judged on trial (`mode: test`), on wikis that compare so with another program. One
-- row per match; removed after `shadow_days`.
CREATE TABLE test_hits (
    hit_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    target_ns BIGINT NOT NULL,
    target_title TEXT NOT NULL,
    -- The filter's rate was not reached: it would leave no hit.
    is_held_back BOOLEAN NOT NULL
);
CREATE INDEX test_hits_wiki ON test_hits (wiki, at, hit_id);
CREATE INDEX test_hits_at ON test_hits (at);
CREATE INDEX test_hits_actor ON test_hits (wiki, actor_name);
