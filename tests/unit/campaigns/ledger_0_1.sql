-- A ledger as version 0.1 left it when its run was killed: rows of every state.
PRAGMA application_id = 1095978311;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
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
    wish TEXT NOT NULL DEFAULT '',
    rate REAL,
    options TEXT NOT NULL DEFAULT '',         -- JSON: what the last run was started with
    ending TEXT NOT NULL DEFAULT '',          -- how the last run ended; empty while one runs
    reason TEXT NOT NULL DEFAULT '',          -- why
    ended_at INTEGER,
    spool TEXT NOT NULL DEFAULT '',           -- the spool that was read last,
    spool_taken INTEGER NOT NULL DEFAULT 0    -- and its last note that was taken in
);
INSERT INTO "campaign" VALUES(1,'bc67ba7c2999d320','{"name":"spring","template":"Hi {name}, your table is booked","sender":"+15558675300","media_url":[],"columns":["to","name"],"recipient":"to","status_callback":null,"source":"","source_hash":"","repeats":false,"retry_of":""}',1700000000000,11,'hash',1,1700000000000,'3d1219c7c4c5404aaa1f6d2a48adfda4','/tmp/gen01/spring.campaign',3178615,'',10.0,'{}','','',NULL,'',0);
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
INSERT INTO "rows" VALUES(1,'+14155550001','{"name":"Ann1"}',X'9276598950AF9D79202EA821','ACCEPTED',1,1,1700000001000,1700000002000,X'534D00000000000000000000000000000001','queued',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(2,'+14155550002','{"name":"Ann2"}',X'FCB2075CADA24EBC4F9B0D02','ACCEPTED',1,1,1700000003000,1700000004000,X'534D00000000000000000000000000000002','queued',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(3,'+14155550003','{"name":"Ann3"}',X'8370C3697E9A10B1816B872A','REJECTED',1,1,1700000005000,1700000006000,NULL,NULL,1,21610,'opted out',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(4,'+14155550004','{"name":"Ann4"}',X'9F7C19A2CB923F2C81BA7D09','UNKNOWN',1,1,1700000007000,1700000008000,NULL,NULL,1,NULL,'lost',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(5,'+14155550005','{"name":"Ann5"}',X'830A36CE313C2A2FE0F57BA4','UNKNOWN',1,1,1700000009000,1700000010000,NULL,NULL,1,NULL,'lost',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(6,'+14155550006','{"name":"Ann6"}',X'D8C2018DD5C0B60D0E5DAA67','HELD',1,1,1700000011000,1700000012000,NULL,NULL,1,NULL,'the list decides nothing',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(7,'+14155550007','{"name":"Ann7"}',X'0241EC7F360CB48C6D91E045','INTENT',1,1,1700000013000,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(8,'+14155550008','{"name":"Ann8"}',X'CA7C13808F4DB21605E00442','READY',0,0,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(9,'+14155550009','{"name":"Ann9"}',X'7D4F78DA8344463BA8A619CB','READY',0,0,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(10,'+14155550010','{"name":"Ann10"}',X'885F7A07AFE55F3781ED20E9','READY',0,0,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(11,'n/a','{}',X'B81351DC0E339988CF769624','SKIPPED',0,0,NULL,NULL,NULL,NULL,NULL,NULL,'invalid: to: is no number',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX rows_by_recipient ON rows (recipient);
CREATE INDEX rows_put_back ON rows (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX rows_unsettled ON rows (state, id) WHERE state IN ('UNKNOWN', 'HELD');
COMMIT;
