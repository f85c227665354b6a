-- Matches of filters in the shadow. One row per match; removed after `shadow_days`.
CREATE TABLE shadow_hits (
    hit_id BYTES NOT NULL PRIMARY KEY,
    evaluation_id BYTES NOT NULL,
    wiki TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
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
    -- Names of the consequences that the filter has and that would run on the wiki, as a JSON list.
    consequences TEXT NOT NULL,
    -- Variables of the action, zstd, without protected values and the address; those are not kept at all.
    dump BYTES,
    -- Names of the protected variables of the action that the filter reads, as a JSON list.
    protected_names TEXT NOT NULL,
    rev_id BIGINT,
    -- The revision was deleted or suppressed: '', 'deleted' or 'suppressed'.
    revision_state TEXT NOT NULL
);
CREATE INDEX shadow_hits_filter ON shadow_hits (wiki, filter_wiki, filter_id, at, hit_id);
CREATE INDEX shadow_hits_farm ON shadow_hits (filter_id, at, hit_id) WHERE filter_wiki = '*';
CREATE INDEX shadow_hits_at ON shadow_hits (at);
CREATE INDEX shadow_hits_evaluation ON shadow_hits (evaluation_id);
CREATE INDEX shadow_hits_action ON shadow_hits (wiki, action_id);
CREATE INDEX shadow_hits_actor ON shadow_hits (wiki, actor_name);
CREATE INDEX shadow_hits_revision ON shadow_hits (wiki, rev_id) WHERE rev_id IS NOT NULL;
