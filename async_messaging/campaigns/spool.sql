-- The spool beside a ledger: what other processes have to say to the run.

-- A spool that was deleted and made anew must not be taken for the old one: notes count from 1.
CREATE TABLE IF NOT EXISTS spool (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL);
-- One note of each event: a callback that is delivered again, or replayed, changes nothing.
CREATE UNIQUE INDEX IF NOT EXISTS notes_once ON notes (nullif(json_extract(note, '$.key'), ''));
