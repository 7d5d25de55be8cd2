-- The ledger's queries. Each begins with its name, then says what it is for.
-- Where `VALUES (?, ...)` gives one item, the code repeats it for a group (`statements.for_group`).

-- name: create
-- The one row of a new campaign.
INSERT INTO campaign (one, id, plan, created_at, machine, path, inode)
VALUES (1, ?, ?, ?, ?, ?, ?);

-- name: fence
-- The run that may write. Asked first in every transaction, whose lock keeps the answer true.
SELECT epoch FROM campaign;

-- name: facts
-- What the ledger knows of its campaign.
SELECT id, plan, created_at, row_count, source_hash, epoch, run_at, wish, rate,
    options, ending, reason, ended_at, realm, exclusive, wall_epoch
FROM campaign;

-- name: place
-- The machine and the path where the ledger belongs.
SELECT machine, path, inode FROM campaign;

-- name: adopt
-- The ledger belongs here from now on.
UPDATE campaign SET machine = ?, path = ?, inode = ?;

-- name: begin_run
-- A new run takes over: whoever wrote before is fenced off.
-- A pause that was said to an earlier run holds no more, and a cancel is carried out now.
UPDATE campaign SET epoch = epoch + 1, run_at = ?,
    wish = CASE wish WHEN 'pause' THEN '' WHEN 'cancel' THEN 'cancelled' ELSE wish END;

-- name: opened
-- Whether a run is open: the bytes that its log has at least.
SELECT opened FROM campaign;

-- name: mark_open
-- A run is open, and its log is so long; 0 when it is closed. A checkpoint takes it into the file.
UPDATE campaign SET opened = ?;

-- name: keep_options
-- What this run was started with; how the last one ended holds no more.
UPDATE campaign SET options = ?, rate = coalesce(?, rate), ending = '', reason = '', ended_at = NULL;

-- name: end_run
-- How this run ended; what it was asked to cancel is cancelled.
UPDATE campaign SET ending = ?, reason = ?, ended_at = ?, wish = iif(wish = 'cancel', 'cancelled', wish);

-- name: bury
-- T6: the attempts of a dead run are unknown. When they ended is found out by `date_ends`.
UPDATE rows SET state = 'UNKNOWN', ended_at = NULL,
    earliest = coalesce(earliest, (SELECT server_high FROM campaign))
WHERE state = 'INTENT';

-- name: belong
-- Where its messages are sent, and by whom nobody else sends.
UPDATE campaign SET realm = ?, exclusive = ?;

-- name: saw_time
-- The latest time of Twilio's clock.
UPDATE campaign SET server_high = max(coalesce(server_high, 0), ?);

-- name: add
-- Import a row; one that is there stays as it is.
INSERT OR IGNORE INTO rows (id, recipient, variables, token, state, error, segments)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: add_once
-- Import a row; one whose number another row will be sent to is skipped.
INSERT OR IGNORE INTO rows (id, recipient, variables, token, state, error, segments)
SELECT new.id, new.recipient, new.variables, iif(first.id IS NULL, new.token, x''),
    iif(first.id IS NOT NULL, 'SKIPPED', new.state),
    iif(first.id IS NOT NULL, 'duplicate: row ' || first.id || ' has this number', new.error),
    new.segments
FROM (
    SELECT ? AS id, ? AS recipient, ? AS variables, ? AS token, ? AS state, ? AS error, ? AS segments
) AS new
LEFT JOIN rows AS first ON first.id = iif(new.state = 'READY',
    (SELECT min(id) FROM rows WHERE recipient = new.recipient AND token <> x''), NULL);

-- name: last_row
-- How far the import got.
SELECT coalesce(max(id), 0) FROM rows;

-- name: sealed
-- Whether the import has ended.
SELECT row_count IS NOT NULL FROM campaign;

-- name: seal
-- End the import.
UPDATE campaign SET row_count = (SELECT count(*) FROM rows), source_hash = ?
WHERE row_count IS NULL;

-- name: row
-- One row. `{row}` is JSON: rows are read in one step, which stops for the other thread once.
SELECT {row} FROM rows WHERE id = ?;

-- name: ready
-- Rows never tried, in order.
SELECT group_concat({row}) FROM (
    SELECT * FROM rows
    WHERE id > ? AND state = 'READY' AND not_before IS NULL ORDER BY id LIMIT ?
);

-- name: due
-- Rows that were put back and may go again.
SELECT group_concat({row}) FROM (
    SELECT * FROM rows
    WHERE state = 'READY' AND not_before IS NOT NULL AND not_before <= ?
    ORDER BY not_before, id LIMIT ?
);

-- name: next_due
-- When the next row that was put back may go.
SELECT min(not_before) FROM rows WHERE not_before IS NOT NULL;

-- name: unsettled
-- Unknown or held rows: the small index finds them.
SELECT group_concat({row}) FROM (
    SELECT * FROM rows
    WHERE state IN ('UNKNOWN', 'HELD') AND state = ? AND id > ? ORDER BY id LIMIT ?
);

-- name: rows_in
-- Rows of any one state.
SELECT group_concat({row}) FROM (
    SELECT * FROM rows WHERE id > ? AND state = ? ORDER BY id LIMIT ?
);

-- name: intend
-- T1: announce attempts of rows that are as the caller saw them.
-- WITH stands inside, because Python counts the changed rows only of what begins with UPDATE.
UPDATE rows SET state = 'INTENT', epoch = ?, attempt = rows.attempt + 1, intent_at = ?,
    earliest = ?, ended_at = NULL, not_before = NULL, code = NULL, error = NULL
FROM (WITH seen (id, epoch, attempt) AS (VALUES (?, ?, ?)) SELECT * FROM seen) AS seen
WHERE rows.id = seen.id AND rows.epoch = seen.epoch AND rows.attempt = seen.attempt
    AND rows.state = 'READY';

-- name: apply
-- T2 to T5, T7, T8, T10: outcomes, if they fit; a sid that another row has changes nothing.
UPDATE OR IGNORE rows SET state = new.state, ended_at = new.at, sid = nullif(new.sid, ''),
    status = nullif(new.status, ''), segments = coalesce(nullif(new.segments, 0), rows.segments),
    code = nullif(new.code, 0), error = nullif(new.error, ''),
    not_before = iif(new.state = 'READY', new.not_before, NULL)
FROM (
    WITH new (
        id, epoch, attempt, before, state, at, sid, status, segments, code, error, not_before
    ) AS (VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))
    SELECT * FROM new
) AS new
WHERE rows.id = new.id AND rows.epoch = new.epoch AND rows.attempt = new.attempt
    AND rows.state = new.before;

-- name: with_sid
-- The row that a message belongs to.
SELECT {row} FROM rows WHERE sid = ?;

-- name: update_status
-- A newer status of an accepted message.
UPDATE rows SET status = ?, code = ?, reported_at = ?, sender = coalesce(nullif(?, ''), sender)
WHERE id = ? AND state = 'ACCEPTED';

-- name: update_bill
-- What Twilio's list tells of an accepted message beside its status.
UPDATE rows SET sender = coalesce(nullif(?, ''), sender),
    segments = coalesce(nullif(?, 0), segments), price = coalesce(?, price),
    price_unit = coalesce(nullif(?, ''), price_unit)
WHERE id = ? AND state = 'ACCEPTED';

-- name: known
-- What rows have of these messages.
SELECT {sid}, status, code, sender, segments, price, price_unit FROM rows
WHERE sid IN (VALUES (?)) AND state = 'ACCEPTED';

-- name: window
-- From the first attempt to the last outcome.
SELECT min(intent_at), max(max(coalesce(ended_at, 0), coalesce(intent_at, 0))) FROM rows
WHERE intent_at IS NOT NULL;

-- name: skip
-- T9 for one row that is as the caller saw it.
UPDATE rows SET state = 'SKIPPED', ended_at = ?, error = ?, not_before = NULL
WHERE id = ? AND epoch = ? AND attempt = ? AND state = 'READY';

-- name: skip_ready
-- T9 for all that is left.
UPDATE rows SET state = 'SKIPPED', ended_at = ?, error = ?, not_before = NULL
WHERE state = 'READY';

-- name: skip_recipient
-- T9 for somebody who wants no more messages.
UPDATE rows SET state = 'SKIPPED', ended_at = ?, error = ?, not_before = NULL
WHERE recipient = ? AND token <> x'' AND state = 'READY';

-- name: opt_out
-- Whoever wants no more messages while one is under way, or unknown, gets no second attempt.
-- Nor does one whose message was accepted: it may be undelivered, and be retried.
UPDATE rows SET opted_out = 1
WHERE recipient = ? AND token <> x'' AND state IN ('INTENT', 'UNKNOWN', 'HELD', 'ACCEPTED');

-- name: opted_out
-- Rows of people who want no more messages.
SELECT id FROM rows WHERE opted_out = 1 OR recipient IN (
    SELECT recipient FROM rows WHERE state = 'SKIPPED' AND error = 'opted out'
);

-- name: undelivered
-- Accepted messages that ended with one of these codes and did not arrive.
SELECT group_concat({row}) FROM (
    SELECT * FROM rows WHERE id > ? AND state = 'ACCEPTED'
        AND status IN ('undelivered', 'failed') AND code IN (SELECT value FROM json_each(?))
    ORDER BY id LIMIT ?
);

-- name: numbers
-- All rows' numbers in the source.
SELECT id FROM rows;

-- name: has_opted_out
-- Whether a row was put back that must not go again.
SELECT EXISTS (
    SELECT 1 FROM rows WHERE not_before IS NOT NULL AND opted_out = 1 AND state = 'READY'
);

-- name: skip_opted_out
-- T9 for rows that were put back after their person opted out.
UPDATE rows SET state = 'SKIPPED', ended_at = ?, error = 'opted out', not_before = NULL
WHERE not_before IS NOT NULL AND opted_out = 1 AND state = 'READY';

-- name: contradict
-- Keep an event; one that is repeated says nothing new.
INSERT INTO events (at, kind, row, attempt, state, sid, code)
SELECT :at, :kind, :row, :attempt, :state, :sid, :code WHERE NOT EXISTS (
    SELECT 1 FROM events WHERE kind = :kind AND row = :row AND attempt = :attempt
        AND state = :state AND sid = :sid AND sid <> ''
);

-- name: events
-- What contradicted the ledger, oldest first.
SELECT at, kind, row, attempt, state, sid, code FROM events ORDER BY id LIMIT ?;

-- name: claimed
-- Which of these sids attempts have already.
SELECT {sid} FROM claimed_sids WHERE sid IN (VALUES (?));

-- name: moving
-- Accepted messages whose last known status is not their last.
SELECT count(*) FROM rows WHERE state = 'ACCEPTED' AND status NOT IN
    ('delivered', 'undelivered', 'failed', 'canceled', 'received', 'read');

-- name: to_go
-- Rows that may be sent, and their segments.
SELECT count(*), coalesce(sum(segments), 0) FROM rows WHERE state = 'READY';

-- name: active_at
-- When something was last written down.
SELECT max(coalesce(max(ended_at), 0), coalesce(max(intent_at), 0)) FROM rows;

-- name: reasons
-- Why rows are as they are, the most frequent first; repeated numbers are one reason.
SELECT lower(state), code,
    iif(error LIKE 'duplicate: row %', 'duplicate: another row has this number', error) AS said,
    count(*)
FROM rows WHERE state IN ('REJECTED', 'HELD', 'SKIPPED', 'UNKNOWN')
GROUP BY state, code, said ORDER BY count(*) DESC LIMIT ?;

-- name: counts
-- Rows by state.
SELECT lower(state), count(*) FROM rows GROUP BY state;

-- name: wish
-- What somebody wants of the run: pause, cancel (then cancelled), or nothing more.
UPDATE campaign SET wish = ?;

-- name: rate
-- The rate that somebody has set.
UPDATE campaign SET rate = ?;

-- name: spool_taken
-- How far the spool was taken in.
SELECT spool, spool_taken FROM campaign;

-- name: take_spool
-- Notes up to this one are taken in.
UPDATE campaign SET spool = ?, spool_taken = ?;

-- name: check_sids
-- I3: an accepted row has no sid, or another row has one.
SELECT count(*) FROM rows WHERE (state = 'ACCEPTED') <> (sid IS NOT NULL);

-- name: check_doubles
-- I3: a sid stands in two rows.
SELECT count(*) - count(DISTINCT sid) FROM rows WHERE sid IS NOT NULL;

-- name: check_sum
-- I6: rows are missing, or there are more than were sealed.
SELECT abs(count(*) - (SELECT row_count FROM campaign)) FROM rows;

-- name: check_states
-- I6: a row is in no known state.
SELECT count(*) FROM rows WHERE state NOT IN
    ('READY', 'INTENT', 'ACCEPTED', 'REJECTED', 'UNKNOWN', 'HELD', 'SKIPPED');

-- name: check_intents
-- I2: an attempt is announced by a run that is dead.
SELECT count(*) FROM rows WHERE state = 'INTENT' AND epoch <> (SELECT epoch FROM campaign);

-- name: check_epochs
-- I2: a row was written by a run that never was.
SELECT count(*) FROM rows WHERE epoch > (SELECT epoch FROM campaign);

-- name: check_attempts
-- I1: a row has an outcome, but no attempt was announced.
SELECT count(*) FROM rows
WHERE state IN ('INTENT', 'ACCEPTED', 'REJECTED', 'UNKNOWN', 'HELD')
    AND (attempt = 0 OR intent_at IS NULL);

-- name: check_put_back
-- I5: a row that was tried is ready without having been put back, or the other way round.
SELECT count(*) FROM rows
WHERE (not_before IS NOT NULL) <> (state = 'READY' AND attempt > 0);
