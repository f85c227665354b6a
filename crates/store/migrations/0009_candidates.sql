-- Tests kept with a filter, as a JSON list: with the filter as it is now, and with each version.
ALTER TABLE filters ADD COLUMN tests TEXT NOT NULL DEFAULT '[]';
ALTER TABLE filter_versions ADD COLUMN tests TEXT NOT NULL DEFAULT '[]';

-- Changed rules that run, or ran, beside filters in force. A few per filter; removed `shadow_days` after their end.
CREATE TABLE candidates (
    candidate_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    -- The version that it was made from.
    base_version BIGINT NOT NULL,
    filter_group TEXT NOT NULL,
    rules TEXT NOT NULL,
    -- Consequences and their parameters; null for those of the filter.
    actions TEXT,
    uses_vars TEXT NOT NULL,
    uses_protected TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by_key TEXT NOT NULL,
    started_by_name TEXT NOT NULL,
    started_by_number BIGINT,
    ends_at BIGINT NOT NULL,
    -- Null while it runs.
    ended_at BIGINT,
    -- 'stopped', 'over' or 'promoted'; empty while it runs.
    ended_why TEXT NOT NULL,
    -- Actions on which it ran; what came of them, beside what the filter in force said; those left out under load.
    runs BIGINT NOT NULL,
    n_neither BIGINT NOT NULL,
    n_both BIGINT NOT NULL,
    n_only_live BIGINT NOT NULL,
    n_only_candidate BIGINT NOT NULL,
    n_undecided BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    dropped BIGINT NOT NULL
);
CREATE INDEX candidates_filter ON candidates (wiki, filter_id, started_at, candidate_id);
CREATE INDEX candidates_running ON candidates (ends_at) WHERE ended_at IS NULL;

-- Actions on which a candidate or the filter beside it matched, or on which one of them was undecided. At most 20,000 of
-- a kind per candidate; removed after `shadow_days`.
CREATE TABLE candidate_hits (
    hit_id BYTES NOT NULL PRIMARY KEY,
    candidate_id BYTES NOT NULL,
    -- 'both', 'only_live', 'only_candidate' or 'undecided'.
    verdicts TEXT NOT NULL,
    -- Whether the person is in good standing.
    is_good BOOLEAN NOT NULL,
    evaluation_id BYTES NOT NULL,
    wiki TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    -- The version in force.
    filter_version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor_id BIGINT,
    actor_name TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    target_ns BIGINT NOT NULL,
    target_title TEXT NOT NULL,
    target_page_id BIGINT,
    -- What the filters in effect decided about the action.
    decision TEXT NOT NULL,
    -- Variables of the action, zstd, without protected values and the address; only where the two differ.
    dump BYTES,
    -- Names of the protected variables of the action that the candidate or the filter reads, as a JSON list.
    protected_names TEXT NOT NULL,
    rev_id BIGINT,
    -- The revision was deleted or suppressed: '', 'deleted' or 'suppressed'.
    revision_state TEXT NOT NULL
);
CREATE INDEX candidate_hits_list ON candidate_hits (candidate_id, verdicts, at, hit_id);
CREATE INDEX candidate_hits_at ON candidate_hits (at);
CREATE INDEX candidate_hits_evaluation ON candidate_hits (evaluation_id);
CREATE INDEX candidate_hits_action ON candidate_hits (wiki, action_id);
CREATE INDEX candidate_hits_actor ON candidate_hits (wiki, actor_name);
CREATE INDEX candidate_hits_revision ON candidate_hits (wiki, rev_id) WHERE rev_id IS NOT NULL;
