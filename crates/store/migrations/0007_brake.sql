-- When the rule, consequences, group or scope of a filter last changed: what the brake knows from before says nothing.
ALTER TABLE filters ADD COLUMN armed_from BIGINT NOT NULL DEFAULT 0;

-- What the brake decided about a filter on a wiki: latches with their evidence, the hold, whom not to count; '*' is a
-- farm-wide latch. A row for each filter that was ever latched or held on a wiki; never removed.
CREATE TABLE brake_guards (
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    wiki TEXT NOT NULL,
    is_latched BOOLEAN NOT NULL,
    -- The end of a hold that is going on, or ended and was not told of yet.
    held_until BIGINT,
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (filter_wiki, filter_id, wiki)
);
CREATE INDEX brake_guards_wiki ON brake_guards (wiki, is_latched);

-- Evidence about a filter, wiki and kind of action, a moment behind what nodes hold in memory. A row for each filter that
-- hit effectively there within 40 days.
CREATE TABLE brake_streams (
    wiki TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    kind TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (wiki, filter_group, kind, filter_wiki, filter_id)
);
CREATE INDEX brake_streams_updated ON brake_streams (updated_at);

-- How often people act, by group, wiki and kind of action: counts of four weeks, some 5 KB. A row for each.
CREATE TABLE brake_surroundings (
    wiki TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (wiki, filter_group, kind)
);

-- Who was seen on a wiki within 30 days and not refused, as marks: 12 bytes each. A row for each wiki.
CREATE TABLE brake_people (
    wiki TEXT NOT NULL PRIMARY KEY,
    document BYTES NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Holds of the brake that were prepared. One row each; removed after 30 days.
CREATE TABLE brake_holds (
    hold_id TEXT NOT NULL PRIMARY KEY,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    wiki TEXT NOT NULL,
    seconds BIGINT NOT NULL,
    reason TEXT NOT NULL,
    prepared_at BIGINT NOT NULL,
    prepared_by TEXT NOT NULL,
    token_digest BYTES NOT NULL,
    needs_second BOOLEAN NOT NULL,
    confirmed_at BIGINT,
    confirmed_by TEXT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX brake_holds_filter ON brake_holds (filter_wiki, filter_id, wiki, prepared_at);
