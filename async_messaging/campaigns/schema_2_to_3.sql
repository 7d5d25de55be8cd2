-- From schema version 2 to 3: whether a run is open, in the main file, so that a lost log is noticed.
ALTER TABLE campaign ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
