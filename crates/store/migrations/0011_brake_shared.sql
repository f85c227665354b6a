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

-- What people should hear of: an outbox for whatever carries notices, and the list that the console shows. Some hundreds a
-- day on a large farm; removed after 30 days.
CREATE TABLE notices (
    notice_id BYTES NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    -- Where it happened; '*' farm-wide.
    wiki TEXT NOT NULL,
    filter_wiki TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    -- Of several with the same key the first counts.
    merge_key TEXT NOT NULL
);
CREATE UNIQUE INDEX notices_merge ON notices (merge_key);
CREATE INDEX notices_at ON notices (at);

-- Whom a notice is for: a person, the maintainers of a name, or who has a right. One to some ten rows for each.
CREATE TABLE notice_recipients (
    recipient TEXT NOT NULL,
    notice_id BYTES NOT NULL,
    PRIMARY KEY (recipient, notice_id)
);
CREATE INDEX notice_recipients_notice ON notice_recipients (notice_id);

-- Up to when somebody has read. A row for each person who did.
CREATE TABLE notice_reads (
    reader TEXT NOT NULL PRIMARY KEY,
    read_to BIGINT NOT NULL
);
