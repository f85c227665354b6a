-- Actions kept for backtests: those that filters hit, and a sample of the rest. A row for each; removed after
-- `archive_days`, and within the hour when the revision is deleted or suppressed.
CREATE TABLE archive_actions (
    evaluation_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    action_id TEXT NOT NULL,
    actor_id BIGINT,
    -- Empty where it is an address.
    actor_name TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    target_ns BIGINT NOT NULL,
    target_title TEXT NOT NULL,
    target_page_id BIGINT,
    -- What the wiki said of the actor, JSON: groups, edits, age, blocks.
    facts TEXT NOT NULL,
    -- 'good', 'other' or '' if the brake did not look.
    standing TEXT NOT NULL,
    -- Keyed hashes of the actor, its range and origin, and what else the brake saw; JSON. No address can be had from it.
    observed TEXT,
    decision TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rev_id BIGINT,
    log_id BIGINT,
    is_reverted BOOLEAN NOT NULL,
    -- The revision was deleted or suppressed: '', 'deleted' or 'suppressed'. Nobody sees the row then.
    revision_state TEXT NOT NULL,
    has_hits BOOLEAN NOT NULL,
    -- Its place in the sample: it belongs to it while the rank is below the stratum's threshold.
    stratum BYTES NOT NULL,
    rank BIGINT NOT NULL,
    boost BIGINT NOT NULL,
    -- Names of variables whose values are not kept, and of those that nobody asked for; JSON.
    missing TEXT NOT NULL,
    -- Variables, zstd; null where the hits of the action have them.
    body BYTES
);
CREATE INDEX archive_actions_wiki ON archive_actions (wiki, at, evaluation_id);
CREATE INDEX archive_actions_at ON archive_actions (at, evaluation_id);
CREATE INDEX archive_actions_stratum ON archive_actions (stratum, rank) WHERE NOT has_hits;
CREATE INDEX archive_actions_action ON archive_actions (wiki, action_id);
CREATE INDEX archive_actions_actor ON archive_actions (wiki, actor_name);
CREATE INDEX archive_actions_revision ON archive_actions (wiki, rev_id) WHERE rev_id IS NOT NULL;
CREATE INDEX archive_actions_gone ON archive_actions (evaluation_id) WHERE revision_state <> '';

-- Samples: one row for each wiki, group, kind of action, day and process. Removed with their actions.
CREATE TABLE archive_strata (
    stratum BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Days since 1970.
    day BIGINT NOT NULL,
    -- Ranks below it are in the sample; null while everything is.
    threshold BIGINT,
    -- Actions seen, and those of people in good standing among them.
    seen BIGINT NOT NULL,
    seen_good BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX archive_strata_wiki ON archive_strata (wiki, day);
CREATE INDEX archive_strata_day ON archive_strata (day);
