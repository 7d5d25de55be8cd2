-- The file of one outbox, schema version 1. Times are seconds since 1970.

-- One row: what the hashes are made with.
CREATE TABLE outbox (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    secret BLOB NOT NULL,
    created_at REAL NOT NULL
);

CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,    -- the caller's
    digest BLOB NOT NULL,        -- keyed hash of the whole message
    state TEXT NOT NULL CHECK (
        state IN ('READY', 'INTENT', 'ACCEPTED', 'REJECTED', 'UNKNOWN', 'HELD', 'SKIPPED')
    ),
    attempt INTEGER NOT NULL,
    owner TEXT NOT NULL,         -- who made the last claim
    expires_at REAL NOT NULL,
    intent_at REAL NOT NULL,
    ended_at REAL,
    grace REAL NOT NULL,
    sid TEXT,
    hint TEXT NOT NULL,
    status TEXT NOT NULL,
    http INTEGER,
    code INTEGER,
    kind TEXT NOT NULL,
    error TEXT NOT NULL,
    negatives INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    looked_at REAL NOT NULL,
    -- what settling needs, only while the outcome is open
    recipient TEXT,
    sender TEXT NOT NULL,
    service TEXT NOT NULL,
    body TEXT NOT NULL,          -- keyed hash
    media INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    CHECK ((state = 'ACCEPTED') = (sid IS NOT NULL)),
    CHECK ((recipient IS NOT NULL) = (state IN ('INTENT', 'UNKNOWN', 'HELD')))
);

CREATE UNIQUE INDEX entries_by_sid ON entries (sid) WHERE sid IS NOT NULL;
CREATE INDEX entries_open ON entries (state, intent_at) WHERE recipient IS NOT NULL;

-- Sids of keys that were forgotten, as long as settling could meet their messages.
CREATE TABLE spent (
    sid TEXT PRIMARY KEY,
    at REAL NOT NULL
) WITHOUT ROWID;

-- What a policy counts. Subjects are keyed hashes.
CREATE TABLE counts (
    subject BLOB NOT NULL,
    at REAL NOT NULL,
    until REAL NOT NULL,
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (subject, at, key, attempt)
) WITHOUT ROWID;

CREATE INDEX counts_by_key ON counts (key, attempt);
