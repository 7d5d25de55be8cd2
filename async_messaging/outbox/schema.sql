-- The file of one outbox, schema version 2. Times are seconds since 1970: by Twilio's clock where
-- settling goes by them (earliest, latest, created, looked_at, seen), else by this machine's.

-- One row: what the hashes are made with, and the latest time of Twilio's that was seen.
CREATE TABLE outbox (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    secret BLOB NOT NULL,
    created_at REAL NOT NULL,
    seen REAL
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
    ttl REAL NOT NULL,           -- seconds that it is kept after its call began, and after it ended
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
    created REAL,                -- when Twilio took the message
    negatives INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    looked_at REAL,
    -- what settling needs: while the outcome is open; all but the number for a day after it
    realm TEXT NOT NULL,         -- empty: not known
    recipient TEXT,
    sender TEXT NOT NULL,
    service TEXT NOT NULL,
    options INTEGER NOT NULL,
    print TEXT NOT NULL,         -- JSON: keyed hashes
    media INTEGER,
    earliest REAL,
    latest REAL,
    wall INTEGER NOT NULL,       -- these two are a wall clock's, one hour wider on each side
    CHECK ((state = 'ACCEPTED') = (sid IS NOT NULL)),
    CHECK ((recipient IS NOT NULL) = (state IN ('INTENT', 'UNKNOWN', 'HELD')))
);

CREATE UNIQUE INDEX entries_by_sid ON entries (sid) WHERE sid IS NOT NULL;
CREATE INDEX entries_open ON entries (state, intent_at) WHERE recipient IS NOT NULL;
CREATE INDEX entries_created ON entries (created) WHERE created IS NOT NULL;

-- Attempts whose keys were sent again though nobody knew.
CREATE TABLE former (
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    hint TEXT NOT NULL,
    realm TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    service TEXT NOT NULL,
    options INTEGER NOT NULL,
    print TEXT NOT NULL,
    media INTEGER,
    earliest REAL,
    latest REAL,
    wall INTEGER NOT NULL,
    PRIMARY KEY (key, attempt)
) WITHOUT ROWID;

-- Sids of keys that were forgotten, as long as Twilio may list their messages.
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

-- What settling sees of it from beside: `storage.folder` reads these. Times are milliseconds.
CREATE VIEW open_attempts AS
SELECT
    key, attempt, state, recipient, nullif(sender, '') AS sender, nullif(service, '') AS service,
    options, media, CAST(earliest * 1000 AS INTEGER) AS earliest,
    CAST(latest * 1000 AS INTEGER) + 1 AS latest, NULL AS dead_seen, nullif(hint, '') AS hint,
    negatives, looks, CAST(looked_at * 1000 AS INTEGER) AS looked_at, NULL AS variables, print, wall
FROM entries WHERE recipient IS NOT NULL
UNION ALL
SELECT
    key, attempt, 'HELD', recipient, nullif(sender, ''), nullif(service, ''),
    options, media, CAST(earliest * 1000 AS INTEGER), CAST(latest * 1000 AS INTEGER) + 1,
    NULL, nullif(hint, ''), 0, 0, NULL, NULL, print, wall
FROM former;

CREATE VIEW claimed_sids AS
SELECT sid, ended_at AS at FROM entries WHERE sid IS NOT NULL UNION ALL SELECT sid, at FROM spent;

CREATE VIEW store_facts AS
SELECT
    'outbox' AS kind, NULL AS realm, NULL AS plan, secret,
    CAST(seen * 1000 AS INTEGER) AS server_high, NULL AS exclusive
FROM outbox;
