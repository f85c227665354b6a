-- Groups of filters as components registered them. A few rows.
CREATE TABLE filter_groups (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Custom consequences as components registered them. A few rows.
CREATE TABLE custom_consequences (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Filters as they are now; wiki '*' owns farm-wide ones. Some hundreds per wiki; never removed.
CREATE TABLE filters (
    wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The name in lower case, as bytes: both databases sort it alike.
    name_key BYTES NOT NULL,
    rules TEXT NOT NULL,
    notes TEXT NOT NULL,
    actions TEXT NOT NULL,
    priority BIGINT NOT NULL,
    tier TEXT NOT NULL,
    privacy BIGINT NOT NULL,
    scope TEXT,
    brake_profile TEXT NOT NULL,
    hits BIGINT NOT NULL,
    maintainers TEXT NOT NULL,
    uses_vars TEXT NOT NULL,
    uses_protected TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by_name TEXT NOT NULL,
    edited_at BIGINT NOT NULL,
    edited_by_key TEXT NOT NULL,
    edited_by_name TEXT NOT NULL,
    edited_by_number BIGINT,
    -- Time of the newest version that changed something: the filter's age counts from here.
    aged_from BIGINT NOT NULL,
    PRIMARY KEY (wiki, filter_id)
);
CREATE INDEX filters_group ON filters (wiki, filter_group, state);

-- Every version of every filter. One row per save; never removed, and never changed but for `is_public`.
CREATE TABLE filter_versions (
    wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    name TEXT NOT NULL,
    rules TEXT NOT NULL,
    notes TEXT NOT NULL,
    actions TEXT NOT NULL,
    priority BIGINT NOT NULL,
    tier TEXT NOT NULL,
    privacy BIGINT NOT NULL,
    scope TEXT,
    brake_profile TEXT NOT NULL,
    maintainers TEXT NOT NULL,
    uses_vars TEXT NOT NULL,
    uses_protected TEXT NOT NULL,
    edited_at BIGINT NOT NULL,
    edited_by_key TEXT NOT NULL,
    edited_by_name TEXT NOT NULL,
    edited_by_number BIGINT,
    change_reason TEXT NOT NULL,
    changed_fields TEXT NOT NULL,
    origin TEXT NOT NULL,
    -- Whether everybody may read it: it was neither hidden, protected nor suppressed, or its history was made public.
    is_public BOOLEAN NOT NULL,
    PRIMARY KEY (wiki, filter_id, version)
);
CREATE INDEX filter_versions_at ON filter_versions (wiki, filter_id, edited_at, version);

-- What happened to filters beside saves; with the versions it is their history. Never removed.
CREATE TABLE filter_events (
    wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    event_id BYTES NOT NULL,
    at BIGINT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    -- The filter's privacy when it happened, and whether everybody may know of it.
    privacy BIGINT NOT NULL,
    is_public BOOLEAN NOT NULL,
    PRIMARY KEY (wiki, filter_id, event_id)
);
CREATE INDEX filter_events_at ON filter_events (wiki, filter_id, at, event_id);

-- Farm-wide filters that a wiki has switched off, to log only, or without some consequences. A few rows per wiki.
CREATE TABLE filter_optouts (
    wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    mode TEXT NOT NULL,
    consequences TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (wiki, filter_id)
);

-- Counters of the consequence `throttle`. One row per counter that runs; removed when its window is over.
CREATE TABLE throttle_counters (
    digest BYTES NOT NULL PRIMARY KEY,
    hits BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX throttle_counters_ends ON throttle_counters (ends_at);

-- Warnings of the consequence `warn` that were shown. One row per warning; removed after a day.
CREATE TABLE warn_states (
    digest BYTES NOT NULL PRIMARY KEY,
    ends_at BIGINT NOT NULL
);
CREATE INDEX warn_states_ends ON warn_states (ends_at);
