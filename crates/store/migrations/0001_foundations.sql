-- Written for both databases: BYTES, EMPTY_BYTES and SERIAL_KEY stand for what each calls them; KEY_ORDERED keeps a table's
-- rows in its key where that can be had, so that a table that is all key is not stored twice.
-- Times are microseconds since 1970, UTC; documents are JSON text.

-- One row per counter that must go up in the order of commits. Never grows.
CREATE TABLE heads (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    digest BYTES NOT NULL
);
INSERT INTO heads (name, seq, digest) VALUES ('changes', 0, EMPTY_BYTES), ('audit', 0, EMPTY_BYTES);

-- What changed, for the other nodes. One row per change; rows older than a day are removed.
CREATE TABLE changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL
);

-- The hash-chained audit log. One row per change by a person or program; never removed.
CREATE TABLE audit_log (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    by_key TEXT NOT NULL,
    by_name TEXT NOT NULL,
    wiki TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    digest BYTES NOT NULL
);
CREATE INDEX audit_log_wiki ON audit_log (wiki, seq);
CREATE INDEX audit_log_subject ON audit_log (subject, seq);
CREATE INDEX audit_log_by ON audit_log (by_key, seq);

-- Answers to writes that carried an Idempotency-Key. One row per such write; removed after a day.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    request_key TEXT NOT NULL,
    digest BYTES NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT NOT NULL,
    body BYTES NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (caller, request_key)
);
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);
