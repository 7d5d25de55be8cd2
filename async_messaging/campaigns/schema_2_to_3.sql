-- From schema version 2 to 3: what settling needs to know of an attempt, by Twilio's clock.
-- The columns that it leaves (dead_at, negatives, negative_at) are used no more.
ALTER TABLE campaign ADD COLUMN realm TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN server_high INTEGER;
ALTER TABLE campaign ADD COLUMN exclusive TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaign ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN wall_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rows ADD COLUMN earliest INTEGER;
ALTER TABLE rows ADD COLUMN zone TEXT;
ALTER TABLE rows ADD COLUMN price_low TEXT;
ALTER TABLE rows ADD COLUMN price_high TEXT;
ALTER TABLE rows ADD COLUMN trace TEXT;
DROP INDEX rows_by_recipient;
CREATE INDEX rows_by_recipient ON rows (recipient) WHERE token <> x'';

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

-- A wall clock may have been an hour off.
UPDATE rows SET earliest = intent_at - 3600000 WHERE state IN ('INTENT', 'UNKNOWN', 'HELD');
INSERT INTO attempts (row, attempt, latest)
SELECT id, attempt, coalesce(ended_at, dead_at + 60000) + 3600000 FROM rows
WHERE state IN ('UNKNOWN', 'HELD');
UPDATE campaign SET wall_epoch = epoch WHERE EXISTS (SELECT 1 FROM rows WHERE attempt > 0);
-- What was cancelled stays so; what is decided after that is not.
UPDATE campaign SET wish = 'cancelled' WHERE wish = 'cancel' AND ending <> '';

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
