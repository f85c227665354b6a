-- Verdicts that left something behind, and what was answered, so that the same action is never judged twice. One row per
-- such action; removed after a day.
CREATE TABLE evaluations (
    evaluation_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    action_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    answer BYTES NOT NULL,
    UNIQUE (wiki, action_id)
);
CREATE INDEX evaluations_at ON evaluations (at);

-- Hits. One row per filter that matched an action; kept, or removed after `hits_days`.
CREATE TABLE hits (
    hit_id BYTES NOT NULL PRIMARY KEY,
    evaluation_id BYTES NOT NULL,
    wiki TEXT NOT NULL,
    -- Who may see it, roughly: 0 everybody, 1 and 2 who may see hidden and protected filters, 3 oversighters. Says in
    -- which part of the index to look; what decides is the filter's privacy as it is now.
    audience BIGINT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    filter_version BIGINT NOT NULL,
    -- The filter's group when it matched.
    filter_group TEXT NOT NULL,
    at BIGINT NOT NULL,
    action_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor_id BIGINT,
    actor_name TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    target_ns BIGINT NOT NULL,
    target_title TEXT NOT NULL,
    target_page_id BIGINT,
    decision TEXT NOT NULL,
    taken TEXT NOT NULL,
    withheld TEXT NOT NULL,
    substituted TEXT NOT NULL,
    dump BYTES,
    ip_sealed BYTES,
    protected_sealed BYTES,
    -- Names of the protected variables whose values are sealed, as a JSON list.
    protected_names TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rev_id BIGINT,
    log_id BIGINT,
    -- What the wiki reports to have done, as JSON.
    executed TEXT,
    is_hidden BOOLEAN NOT NULL,
    -- The revision was deleted or suppressed: '', 'deleted' or 'suppressed'.
    revision_state TEXT NOT NULL,
    ref_code TEXT NOT NULL,
    legacy_id BIGINT
);
CREATE INDEX hits_audience ON hits (wiki, audience, at, hit_id);
-- With all that decides who sees a hit: lists of many filters' hits are made of the index alone.
CREATE INDEX hits_filter ON hits
    (wiki, filter_wiki, filter_id, at, hit_id, is_hidden, revision_state, protected_names);
CREATE INDEX hits_actor ON hits (wiki, actor_name, at, hit_id);
CREATE INDEX hits_target ON hits (wiki, target_title, at, hit_id);
CREATE INDEX hits_outcome ON hits (wiki, outcome, at, hit_id);
CREATE INDEX hits_evaluation ON hits (evaluation_id);
CREATE INDEX hits_action ON hits (wiki, action_id);
CREATE INDEX hits_ref_code ON hits (ref_code);
-- What is rare has an index of its own; what is common is found soon without one.
CREATE INDEX hits_kind ON hits (wiki, kind, at, hit_id) WHERE kind <> 'edit';
CREATE INDEX hits_namespace ON hits (wiki, target_ns, at, hit_id) WHERE target_ns <> 0;
CREATE INDEX hits_group ON hits (wiki, filter_group, at, hit_id) WHERE filter_group <> 'default';
CREATE INDEX hits_revision ON hits (wiki, rev_id) WHERE rev_id IS NOT NULL;
CREATE INDEX hits_hidden ON hits (at, hit_id) WHERE is_hidden;
-- The farm's own log: hits of farm-wide filters on all wikis.
CREATE INDEX hits_farm ON hits (audience, at, hit_id) WHERE filter_wiki = '*';
CREATE INDEX hits_farm_wiki ON hits (wiki, audience, at, hit_id) WHERE filter_wiki = '*';
CREATE INDEX hits_farm_filter ON hits (filter_id, at, hit_id) WHERE filter_wiki = '*';
-- What expires.
CREATE INDEX hits_ip_expiry ON hits (at) WHERE ip_sealed IS NOT NULL;
CREATE INDEX hits_protected_expiry ON hits (at) WHERE protected_sealed IS NOT NULL;

-- Consequences of hits by name, to find rare ones: 'taken:block', 'withheld:block'. One or two rows per hit; removed with it.
CREATE TABLE hit_consequences (
    wiki TEXT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    hit_id BYTES NOT NULL,
    PRIMARY KEY (wiki, name, at, hit_id)
) KEY_ORDERED;

-- Keyed digests of a hit's address and of the ranges around it, to find hits by address. Three or four rows per hit with an
-- address; removed with the address.
CREATE TABLE hit_addresses (
    digest BYTES NOT NULL,
    at BIGINT NOT NULL,
    hit_id BYTES NOT NULL,
    PRIMARY KEY (digest, at, hit_id)
) KEY_ORDERED;
CREATE INDEX hit_addresses_at ON hit_addresses (at);

-- Variables of actions, by the digest of what is stored; zstd. Rows of the same action share one. Removed with the last
-- hit that refers to them.
CREATE TABLE dumps (
    digest BYTES NOT NULL PRIMARY KEY,
    body BYTES NOT NULL,
    -- How many hits refer to it.
    uses BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- What people say of hits. One row per person and hit; removed with the hit.
CREATE TABLE hit_assessments (
    hit_id BYTES NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    verdict TEXT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (hit_id, by_key)
);

-- What wikis report of actions afterwards. Feeds baselines; removed after 60 days.
CREATE TABLE feedback (
    feedback_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    rev_id BIGINT,
    action_id TEXT,
    event TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX feedback_at ON feedback (at);

-- Who looked at addresses and protected values, and who hid hits. Never removed.
CREATE TABLE access_log (
    entry_id BYTES NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    wiki TEXT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    -- The person looked at, or the hit.
    subject TEXT NOT NULL,
    -- The hit concerned, where there is one: whoever may not see it does not see the entry.
    hit_id BYTES,
    -- The protected variable looked at; '' for other kinds.
    variable TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX access_log_wiki ON access_log (wiki, kind, at, entry_id);
CREATE INDEX access_log_merge ON access_log (by_key, subject, variable, at);
