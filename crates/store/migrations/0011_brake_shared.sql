-- What nodes counted and hit, for the others and for themselves after a crash: some 40 bytes an observation. A row for each
-- node and half second in which something happened; removed after a quarter of an hour.
CREATE TABLE brake_batches (
    seq BIGINT NOT NULL PRIMARY KEY,
    node TEXT NOT NULL,
    document TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX brake_batches_at ON brake_batches (at);
INSERT INTO heads (name, seq, digest) VALUES ('brake', 0, EMPTY_BYTES);

-- The batch up to which a row has counted everything.
ALTER TABLE brake_streams ADD COLUMN upto BIGINT NOT NULL DEFAULT 0;
ALTER TABLE brake_surroundings ADD COLUMN upto BIGINT NOT NULL DEFAULT 0;
ALTER TABLE brake_people ADD COLUMN upto BIGINT NOT NULL DEFAULT 0;

-- Counts of AbuseFilter's own algorithm, for filters that have it. A row for each such filter and wiki; removed after 40 days.
CREATE TABLE brake_compat (
    wiki TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    document TEXT NOT NULL,
    upto BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (wiki, filter_wiki, filter_id)
);

-- Names of observations as hashes, some 30 bytes each: what comes of an action later finds where it was counted. A row for
-- each node and minute in which something happened; removed after 50 hours.
CREATE TABLE brake_deeds (
    deeds_id BYTES NOT NULL PRIMARY KEY,
    node TEXT NOT NULL,
    document TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX brake_deeds_at ON brake_deeds (at);
