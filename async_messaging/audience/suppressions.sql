-- Who wants no more messages. No number stands here: a person is a keyed hash.

-- One row: proves that the key beside this file is the one that the hashes were made with.
CREATE TABLE IF NOT EXISTS store (one INTEGER PRIMARY KEY CHECK (one = 1), proof BLOB NOT NULL);

CREATE TABLE IF NOT EXISTS suppressed (
    person BLOB NOT NULL,
    scope TEXT NOT NULL,         -- a sender or a messaging service; empty: whoever sends
    origin TEXT NOT NULL,        -- stop, refused (21610), hand
    at INTEGER NOT NULL,         -- milliseconds since 1970
    PRIMARY KEY (person, scope, origin)
) WITHOUT ROWID;

-- Keywords that were heeded, by their message's sid: a STOP that is replayed after a START is old.
CREATE TABLE IF NOT EXISTS heeded (sid TEXT PRIMARY KEY) WITHOUT ROWID;
