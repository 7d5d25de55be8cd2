-- Queries of the suppressions. Each begins with its name, then says what it is for.

-- name: prove
-- Keep what proves the key.
INSERT INTO store VALUES (1, ?);

-- name: proof
-- What proves the key.
SELECT proof FROM store;

-- name: about
-- What suppresses a person now.
SELECT scope, name, reason, count, first, last, expires FROM suppressed
WHERE person = :person AND (expires IS NULL OR expires > :now);

-- name: suppress
-- Suppress a person, or once more; an end that was set holds no more.
INSERT INTO suppressed VALUES (:person, :scope, :name, :reason, 1, :now, :now, :expires)
ON CONFLICT DO UPDATE SET count = count + 1, last = max(last, excluded.last), expires = excluded.expires;

-- name: lift_stop
-- START lifts what a STOP has set, and nothing else.
DELETE FROM suppressed
WHERE person = ? AND scope = 'sender' AND name = ? AND reason = 'stop';

-- name: lift
-- By hand, whatever it is.
DELETE FROM suppressed WHERE person = ?;

-- name: heed
-- Remember a keyword's message; one that is known changes nothing.
INSERT OR IGNORE INTO heeded VALUES (?);

-- name: heeded
-- Whether a keyword's message was heeded.
SELECT 1 FROM heeded WHERE sid = ?;

-- name: counts
-- People by reason; who wrote STOP to two senders counts once.
SELECT reason, count(DISTINCT person) FROM suppressed
WHERE expires IS NULL OR expires > :now GROUP BY reason;
