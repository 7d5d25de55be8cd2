-- What settling reads and writes. Each query begins with its name, then says what it is for.
-- Times are Twilio's, in milliseconds since 1970.

-- name: unknown_end
-- T5: an attempt ended, at most then, and nobody knows how.
INSERT INTO attempts (row, attempt, latest, hint)
SELECT id, attempt, ?, nullif(?, '') FROM rows
WHERE id = ? AND epoch = ? AND attempt = ? AND state = 'UNKNOWN'
ON CONFLICT (row, attempt) DO UPDATE SET latest = excluded.latest,
    hint = coalesce(excluded.hint, hint);

-- name: undated
-- Whether an unknown attempt lacks a time that can be told by now.
SELECT EXISTS (
    SELECT 1 FROM rows LEFT JOIN evidence ON of_row = id AND of_attempt = attempt
    WHERE state IN ('UNKNOWN', 'HELD')
        AND (latest IS NULL OR (earliest IS NULL AND epoch = ?))
);

-- name: date_starts
-- Attempts of this run that were announced before Twilio's clock was known.
UPDATE rows SET earliest = ?
WHERE state IN ('UNKNOWN', 'HELD') AND earliest IS NULL AND epoch = ?;

-- name: date_ends
-- Attempts that ended before Twilio's clock was known, or whose run died: over by now at the latest.
INSERT INTO attempts (row, attempt, dead_seen, latest)
SELECT id, attempt, seen.at, seen.at + seen.total FROM rows
JOIN (SELECT ? AS at, ? AS total) AS seen
LEFT JOIN evidence ON of_row = id AND of_attempt = attempt
WHERE state IN ('UNKNOWN', 'HELD') AND latest IS NULL
ON CONFLICT (row, attempt) DO UPDATE SET dead_seen = excluded.dead_seen, latest = excluded.latest;

-- name: unsettled_attempts
-- Unknown attempts, and those that a person is to decide.
SELECT {row}, attempt, 0, earliest, latest, hint, coalesce(evidence.negatives, 0),
    coalesce(looks, 0), looked_at
FROM rows LEFT JOIN evidence ON of_row = id AND of_attempt = attempt
WHERE state IN ('UNKNOWN', 'HELD') AND (state = 'UNKNOWN' OR ?)
ORDER BY id;

-- name: open_to
-- Open attempts to these numbers.
SELECT {row}, attempt, 0, earliest, latest, hint, coalesce(evidence.negatives, 0),
    coalesce(looks, 0), looked_at
FROM rows LEFT JOIN evidence ON of_row = id AND of_attempt = attempt
WHERE recipient IN (VALUES (?)) AND token <> x'' AND state IN ('INTENT', 'UNKNOWN', 'HELD');

-- name: former
-- Former attempts that are still open.
SELECT {row}, of_attempt, 1, began, latest, hint, evidence.negatives, looks, looked_at
FROM evidence JOIN rows ON of_row = id WHERE former AND found IS NULL;

-- name: owned
-- The rows of these messages.
SELECT {row} FROM rows WHERE sid IN (VALUES (?));

-- name: canaries
-- Messages of ours that were accepted near a row.
SELECT {sid}, earliest, recipient FROM rows
WHERE id BETWEEN ? AND ? AND state = 'ACCEPTED' AND earliest BETWEEN ? AND ?
ORDER BY earliest DESC LIMIT ?;

-- name: look
-- A look at Twilio's list that did not settle it.
INSERT INTO attempts (row, attempt, negatives, looks, looked_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (row, attempt) DO UPDATE SET negatives = excluded.negatives, looks = excluded.looks,
    looked_at = excluded.looked_at;

-- name: keep_former
-- T10, or a repetition: its row goes again although nobody knows what became of this attempt.
INSERT INTO attempts (row, attempt, former, earliest)
SELECT id, attempt, 1, earliest FROM rows WHERE id = ? AND epoch = ? AND attempt = ? AND state = ?
ON CONFLICT (row, attempt) DO UPDATE SET former = 1, earliest = excluded.earliest;

-- name: found_former
-- The message that a former attempt made.
UPDATE OR IGNORE attempts SET sid = ? WHERE row = ? AND attempt = ? AND former AND sid IS NULL;

-- name: give_sid
-- Another message of an accepted row.
UPDATE rows SET sid = ? WHERE id = ? AND state = 'ACCEPTED';
