-- People to whom a filter or a person gave no automatic promotion for a while. One row per person and wiki; removed when it
-- has ended.
CREATE TABLE autopromote_holds (
    wiki TEXT NOT NULL,
    user_name TEXT NOT NULL,
    user_id BIGINT,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    -- Whoever gave it; '' if a filter did.
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The filter and the hit, if a filter did.
    filter_wiki TEXT,
    filter_id BIGINT,
    hit_id BYTES,
    PRIMARY KEY (wiki, user_name)
);
CREATE INDEX autopromote_holds_list ON autopromote_holds (wiki, until, user_name);
CREATE INDEX autopromote_holds_user ON autopromote_holds (wiki, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX autopromote_holds_until ON autopromote_holds (until);

-- External domains that nobody may link to; those of the wiki '*' hold on every wiki. At most 200,000 per list; removed by
-- people only.
CREATE TABLE blocked_domains (
    wiki TEXT NOT NULL,
    domain TEXT NOT NULL,
    notes TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (wiki, domain)
) KEY_ORDERED;

-- Attempts to link to such domains. One row per attempt; kept, or removed after `hits_days`.
CREATE TABLE blocked_domain_hits (
    hit_id BYTES NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    at BIGINT NOT NULL,
    evaluation_id BYTES NOT NULL,
    action_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor_id BIGINT,
    actor_name TEXT NOT NULL,
    actor_type TEXT NOT NULL,
    target_ns BIGINT NOT NULL,
    target_title TEXT NOT NULL,
    target_page_id BIGINT,
    -- The domains as they stand in the lists, as a JSON list.
    domains TEXT NOT NULL,
    ref_code TEXT NOT NULL
);
CREATE INDEX blocked_domain_hits_wiki ON blocked_domain_hits (wiki, at, hit_id);
CREATE INDEX blocked_domain_hits_actor ON blocked_domain_hits (wiki, actor_name, at, hit_id);
CREATE INDEX blocked_domain_hits_code ON blocked_domain_hits (wiki, ref_code);
CREATE INDEX blocked_domain_hits_at ON blocked_domain_hits (at);

-- Undoing what a filter did: what was looked at, and what was decided. One row per job; those never confirmed are removed
-- after a day, others stay: they say what was undone.
CREATE TABLE revert_jobs (
    job_id BYTES NOT NULL PRIMARY KEY,
    -- Whose hits: a wiki's, or those on all wikis.
    wiki TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    consequences TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Whether there were more hits than one job has.
    is_cut BOOLEAN NOT NULL,
    prepared_at BIGINT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    token_digest BYTES NOT NULL,
    confirmed_at BIGINT,
    cancelled_at BIGINT
);
CREATE INDEX revert_jobs_filter ON revert_jobs (filter_wiki, filter_id, wiki, prepared_at, job_id);
CREATE INDEX revert_jobs_unconfirmed ON revert_jobs (prepared_at) WHERE confirmed_at IS NULL;

-- Consequences of hits that such a job is about: at most 500 per job; removed with it.
CREATE TABLE revert_rows (
    job_id BYTES NOT NULL,
    row_number BIGINT NOT NULL,
    hit_id BYTES NOT NULL,
    -- The hit's wiki, which does it.
    wiki TEXT NOT NULL,
    consequence TEXT NOT NULL,
    -- 'open', 'skipped', 'left', 'pending', 'reverted', 'nothing_to_do', 'failed' or 'cancelled'.
    state TEXT NOT NULL,
    -- Why, as a word, and in the wiki's words.
    cause TEXT NOT NULL,
    note TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (job_id, row_number)
);
CREATE INDEX revert_rows_pending ON revert_rows (wiki, job_id, row_number) WHERE state = 'pending';
CREATE INDEX revert_rows_hit ON revert_rows (hit_id, consequence);
