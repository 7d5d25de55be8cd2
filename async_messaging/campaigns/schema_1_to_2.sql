-- From schema version 1 to 2: who sent a message, and when its status was reported last.
ALTER TABLE rows ADD COLUMN sender TEXT;
ALTER TABLE rows ADD COLUMN reported_at INTEGER;
