-- Version 0.1 kept a sender or nobody, and one moment.
ALTER TABLE suppressed RENAME TO suppressed_0;

CREATE TABLE suppressed (
    person BLOB NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('anyone', 'sender', 'channel')),
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (person, scope, name, reason)
) WITHOUT ROWID;

INSERT INTO suppressed
SELECT person, iif(scope = '', 'anyone', 'sender'), scope, origin, 1, at, at, NULL
FROM suppressed_0;
DROP TABLE suppressed_0;
