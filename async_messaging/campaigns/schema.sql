-- The file of one campaign, schema version 3. Times are milliseconds since 1970: by this machine's
-- clock, for people; by Twilio's where that is said, for settling.

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
    spool_taken INTEGER NOT NULL DEFAULT 0,   -- and its last note that was taken in
    realm TEXT NOT NULL DEFAULT '',           -- account and origin of its messages; empty: not known
    server_high INTEGER,                      -- the latest time of Twilio's clock that was seen
    exclusive TEXT NOT NULL DEFAULT '[]',     -- JSON: senders and services that nobody else uses
    wall_epoch INTEGER NOT NULL DEFAULT 0     -- attempts up to this run have times of a wall clock
);

CREATE TABLE rows (
    id INTEGER PRIMARY KEY,      -- the row in the source, from 1
    recipient TEXT NOT NULL,
    variables TEXT NOT NULL,     -- JSON
    token BLOB NOT NULL,         -- empty in a row that was skipped at its import
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
    price TEXT,
    price_unit TEXT,
    opted_out INTEGER,           -- 1: put back, it is not sent again
    sender TEXT,                 -- who sent it, as Twilio tells
    reported_at INTEGER,         -- when its status was reported last; NULL: as it was accepted
    earliest INTEGER,            -- Twilio's time when the last attempt was announced, at least
    zone TEXT,                   -- room for what is kept with a row: its time zone,
    price_low TEXT,              -- bounds of its price,
    price_high TEXT,
    trace TEXT,                  -- and the trace that it belongs to
    CHECK ((state = 'ACCEPTED') = (sid IS NOT NULL))
);

CREATE INDEX rows_by_recipient ON rows (recipient) WHERE token <> x'';
CREATE INDEX rows_put_back ON rows (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX rows_unsettled ON rows (state, id) WHERE state IN ('UNKNOWN', 'HELD');

-- What is known beyond its row of an attempt whose outcome is, or was, unknown. Times are Twilio's.
CREATE TABLE attempts (
    row INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    former INTEGER NOT NULL DEFAULT 0,   -- 1: its row was sent again although nobody knows of it
    earliest INTEGER,                    -- of a former one: what its row had
    latest INTEGER,                      -- its end at most; NULL: not known yet
    dead_seen INTEGER,                   -- when it was first seen that its run is dead, at most
    hint TEXT,                           -- a sid that stood in an answer which could not be read
    negatives INTEGER NOT NULL DEFAULT 0,
    looks INTEGER NOT NULL DEFAULT 0,
    looked_at INTEGER,
    sid BLOB UNIQUE,                     -- of a former one: the message that it made
    PRIMARY KEY (row, attempt)
) WITHOUT ROWID;

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

-- The attempts with names that no row's column has.
CREATE VIEW evidence AS
SELECT row AS of_row, attempt AS of_attempt, former, earliest AS began, latest, dead_seen, hint,
    negatives, looks, looked_at, sid AS found
FROM attempts;

-- What other stores of the folder read, whatever kind of store this is.
CREATE VIEW named AS  -- by the request; without a template each row may name its own
SELECT iif(json_extract(plan, '$.template') IS NULL, NULL, json_extract(plan, '$.sender')) AS sender,
    iif(json_extract(plan, '$.template') IS NULL, NULL, json_array_length(plan, '$.media_url')) AS media,
    iif(json_extract(plan, '$.template') IS NULL, NULL, 0) AS options
FROM campaign;

CREATE VIEW open_attempts AS
SELECT rows.id AS key, rows.attempt, rows.state, rows.recipient,
    iif(named.sender LIKE 'MG%', NULL, named.sender) AS sender,
    iif(named.sender LIKE 'MG%', named.sender, NULL) AS service,
    named.options, named.media, rows.earliest, attempts.latest, attempts.dead_seen, attempts.hint,
    coalesce(attempts.negatives, 0) AS negatives, coalesce(attempts.looks, 0) AS looks,
    attempts.looked_at, rows.variables, NULL AS print
FROM rows JOIN named
LEFT JOIN attempts ON attempts.row = rows.id AND attempts.attempt = rows.attempt
WHERE rows.token <> x'' AND rows.state IN ('INTENT', 'UNKNOWN', 'HELD')
UNION ALL
SELECT rows.id, attempts.attempt, 'HELD', rows.recipient,
    iif(named.sender LIKE 'MG%', NULL, named.sender),
    iif(named.sender LIKE 'MG%', named.sender, NULL),
    named.options, named.media, attempts.earliest, attempts.latest, attempts.dead_seen, attempts.hint,
    attempts.negatives, attempts.looks, attempts.looked_at, rows.variables, NULL
FROM rows JOIN attempts ON attempts.row = rows.id
JOIN named
WHERE rows.token <> x'' AND attempts.former AND attempts.sid IS NULL;

CREATE VIEW claimed_sids AS
SELECT sid, earliest AS at FROM rows WHERE sid IS NOT NULL
UNION ALL
SELECT sid, earliest FROM attempts WHERE sid IS NOT NULL;

CREATE VIEW store_facts AS
SELECT 'campaign' AS kind, realm, plan, NULL AS secret, server_high, exclusive FROM campaign;
