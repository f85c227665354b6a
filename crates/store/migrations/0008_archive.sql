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

-- Backtests. A row for each; removed after `shadow_days`.
CREATE TABLE backtest_jobs (
    job_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    -- running, done, cancelled, interrupted, failed
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the process that runs it was last heard of.
    beat_at BIGINT NOT NULL,
    ended_at BIGINT,
    cancel_wanted BOOLEAN NOT NULL,
    -- SHA-256 of the rule.
    rules_digest BYTES NOT NULL,
    -- What was asked for, what came of it, and by class the newest actions (their ids only); JSON.
    wanted TEXT NOT NULL,
    report TEXT,
    examples TEXT
);
CREATE INDEX backtest_jobs_person ON backtest_jobs (wiki, by_key, created_at, job_id);
CREATE INDEX backtest_jobs_rules ON backtest_jobs (wiki, rules_digest, ended_at);
CREATE INDEX backtest_jobs_created ON backtest_jobs (created_at);
CREATE INDEX backtest_jobs_running ON backtest_jobs (beat_at) WHERE state = 'running';
