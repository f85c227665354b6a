-- What filters did in a bucket of time, JSON packed with zstd: one row per wiki, group and bucket in which anything was
-- judged. Buckets of 300 s are kept for a day, those of 3,600 s for 90 days: at most 2,500 rows per wiki and group, of some
-- 20 bytes per filter that only ran and 200 per filter that did something.
CREATE TABLE filter_profiles (
    wiki TEXT NOT NULL,
    filter_group TEXT NOT NULL,
    -- Seconds of the bucket.
    width BIGINT NOT NULL,
    -- Beginning of the bucket.
    at BIGINT NOT NULL,
    counts BYTES NOT NULL,
    PRIMARY KEY (wiki, filter_group, width, at)
);
CREATE INDEX filter_profiles_at ON filter_profiles (width, at);

-- Whoever adds to profiles holds this row, so that nodes do not write over each other's counts.
INSERT INTO heads (name, seq, digest) VALUES ('profiles', 0, EMPTY_BYTES);
