-- Wikis of the farm. One row per wiki; never removed, only closed.
CREATE TABLE wikis (
    wiki TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    language TEXT NOT NULL,
    public_key TEXT,
    settings TEXT NOT NULL,
    -- Groups of this wiki whose rights hold on the whole farm, as a list.
    farm_groups TEXT NOT NULL,
    is_closed BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Named sets of wikis, and which wikis are in them. A few rows.
CREATE TABLE wiki_sets (
    wiki_set TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE wiki_set_members (
    wiki_set TEXT NOT NULL REFERENCES wiki_sets (wiki_set) ON DELETE CASCADE,
    wiki TEXT NOT NULL REFERENCES wikis (wiki) ON DELETE CASCADE,
    PRIMARY KEY (wiki_set, wiki)
);

-- Rights that groups give where they differ from the shipped ones, as lists of names; wiki '*' stands for every wiki that
-- has no row of its own for the group. Some dozens of rows per wiki that differs.
CREATE TABLE group_rights (
    wiki TEXT NOT NULL,
    user_group TEXT NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (wiki, user_group)
);

-- Tokens of programs. A few per wiki; kept after they were revoked.
CREATE TABLE service_tokens (
    token_id TEXT NOT NULL PRIMARY KEY,
    wiki TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_digest BYTES NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    revoked_by TEXT,
    last_used_at BIGINT
);
CREATE INDEX service_tokens_wiki ON service_tokens (wiki, token_id);

-- Accounts of people at this service. Some hundreds of rows.
CREATE TABLE accounts (
    account_id SERIAL_KEY,
    name TEXT NOT NULL UNIQUE,
    -- The name as it is compared: signing in does not tell apart case.
    name_key TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    password_hash TEXT,
    oidc_issuer TEXT,
    oidc_subject TEXT,
    is_disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_sign_in_at BIGINT,
    UNIQUE (oidc_issuer, oidc_subject)
);

-- Rights of accounts; wiki '*' stands for the farm and every wiki.
CREATE TABLE account_rights (
    account_id BIGINT NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
    wiki TEXT NOT NULL,
    right_name TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (account_id, wiki, right_name)
);

-- Signed-in people. One row per sign-in; removed a week after their last possible end.
CREATE TABLE sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    secret_digest BYTES NOT NULL,
    account_id BIGINT REFERENCES accounts (account_id) ON DELETE CASCADE,
    -- For people whom a wiki vouched for: what it said of them.
    wiki TEXT,
    user_id BIGINT,
    user_name TEXT,
    user_groups TEXT NOT NULL,
    rights TEXT NOT NULL,
    is_blocked BOOLEAN NOT NULL,
    method TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    idle_micros_max BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Links and signed statements that work once. One row per link; removed a week after they expired.
CREATE TABLE tickets (
    digest BYTES NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id BIGINT REFERENCES accounts (account_id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX tickets_expires ON tickets (expires_at);
