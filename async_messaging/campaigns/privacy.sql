-- Taking people out of a ledger. Each query begins with its name, then says what it is for.

-- name: purge
-- Nobody can be told from the rows any more. Why a row was skipped is our own text and stays.
UPDATE rows SET recipient = pseudonym(recipient), variables = '{}',
    error = CASE state WHEN 'SKIPPED' THEN error END
WHERE NOT is_pseudonym(recipient);

-- name: rows_of
-- All rows of one person: by number, hash, number on a channel, or what a bad row says.
SELECT id, recipient FROM rows JOIN (SELECT ? AS number, ? AS pseudonym) AS person
WHERE recipient IN (number, pseudonym)
    OR substr(recipient, -length(number) - 1) = ':' || number
    OR (state = 'SKIPPED' AND attempt = 0 AND may_have(recipient));

-- name: forget_ready
-- T9 for somebody who is forgotten.
UPDATE rows SET state = 'SKIPPED', ended_at = ?, error = 'forgotten', not_before = NULL
WHERE id = ? AND state = 'READY';

-- name: forget_unknown
-- Nobody will look for the message any more.
UPDATE rows SET state = 'HELD', ended_at = ?, error = 'forgotten'
WHERE id = ? AND state = 'UNKNOWN';

-- name: forget
-- A hash instead of the number, and nothing of what was said.
UPDATE rows SET recipient = ?, variables = '{}', error = clean(error) WHERE id = ?;
