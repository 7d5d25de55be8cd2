-- Who wants no more messages, version 1. No number stands here: a person is a keyed hash.

-- One row: proves that the key beside this file is the one that the hashes were made with.
CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), proof BLOB NOT NULL);

-- Times are milliseconds since 1970.
CREATE TABLE suppressed (
    person BLOB NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('anyone', 'sender', 'channel')),
    name TEXT NOT NULL,          -- of scope sender: it, or a messaging service; of channel: sms, whatsapp
    reason TEXT NOT NULL,        -- stop, refused (21610), hand
    count INTEGER NOT NULL,      -- how often that was said
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    expires INTEGER,             -- from then on it suppresses no more; NULL: for good
    PRIMARY KEY (person, scope, name, reason)
) WITHOUT ROWID;

-- Keywords that were heeded, by their message's sid: a STOP that is replayed after a START is old.
CREATE TABLE heeded (sid TEXT PRIMARY KEY) WITHOUT ROWID;
