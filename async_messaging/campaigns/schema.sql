-- The file of one campaign, schema version 3. Times are milliseconds since 1970.

-- One row: the campaign, and the run that may write.
CREATE TABLE campaign (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,            -- random
    plan TEXT NOT NULL,          -- JSON: the template and what else all rows share
    created_at INTEGER NOT NULL,
    row_count INTEGER,           -- NULL until the import is sealed
    source_hash TEXT NOT NULL DEFAULT '',
    epoch INTEGER NOT NULL DEFAULT 0,
    run_at INTEGER NOT NULL DEFAULT 0,
    machine TEXT NOT NULL,       -- where the file belongs: a copy has another place
    path TEXT NOT NULL,
    inode INTEGER NOT NULL,
    opened INTEGER NOT NULL DEFAULT 0,        -- bytes that the open run's log has at least; 0: none is open
    wish TEXT NOT NULL DEFAULT '',
    rate REAL,
    options TEXT NOT NULL DEFAULT '',         -- JSON: what the last run was started with
    ending TEXT NOT NULL DEFAULT '',          -- how the last run ended; empty while one runs
    reason TEXT NOT NULL DEFAULT '',          -- why
    ended_at INTEGER,
    spool TEXT NOT NULL DEFAULT '',           -- the spool that was read last,
    spool_taken INTEGER NOT NULL DEFAULT 0    -- and its last note that was taken in
);

CREATE TABLE rows (
    id INTEGER PRIMARY KEY,      -- the row in the source, from 1
    recipient TEXT NOT NULL,
    variables TEXT NOT NULL,     -- JSON
    token BLOB NOT NULL,
    state TEXT NOT NULL CHECK (  -- no IN: SQLite would build its list anew for every row
        state = 'INTENT' OR state = 'ACCEPTED' OR state = 'READY' OR state = 'REJECTED'
        OR state = 'UNKNOWN' OR state = 'HELD' OR state = 'SKIPPED'
    ),
    epoch INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    intent_at INTEGER,
    ended_at INTEGER,
    sid BLOB UNIQUE,             -- packed: `sids.pack`
    status TEXT,
    segments INTEGER,
    code INTEGER,
    error TEXT,
    not_before INTEGER,          -- set in every READY row that was tried before
    dead_at INTEGER,
    negatives INTEGER,
    negative_at INTEGER,
    price TEXT,
    price_unit TEXT,
    opted_out INTEGER,           -- 1: put back, it is not sent again
    sender TEXT,                 -- who sent it, as Twilio tells
    reported_at INTEGER,         -- when its status was reported last; NULL: as it was accepted
    CHECK ((state = 'ACCEPTED') = (sid IS NOT NULL))
);

CREATE INDEX rows_by_recipient ON rows (recipient);
CREATE INDEX rows_put_back ON rows (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX rows_unsettled ON rows (state, id) WHERE state IN ('UNKNOWN', 'HELD');

-- What contradicted a row: kept, never applied.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    row INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    sid TEXT NOT NULL,
    code INTEGER
);
