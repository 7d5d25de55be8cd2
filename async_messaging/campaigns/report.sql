-- What a report reads. Each begins with its name, then says what it is for.

-- name: rows
-- The next rows, whatever their state, in order.
SELECT id, recipient, state, {sid}, status, code, error, attempt, intent_at, ended_at, segments,
    price, price_unit, sender, reported_at
FROM rows WHERE id > ? ORDER BY id LIMIT ?;

-- name: totals
-- How many rows ended alike.
SELECT state, sid IS NOT NULL, status, code, count(*) FROM rows GROUP BY 1, 2, 3, 4;

-- name: delivery
-- How far accepted messages have come.
SELECT coalesce(status, ''), code, reported_at IS NOT NULL, count(*) FROM rows
WHERE state = 'ACCEPTED' GROUP BY 1, 2, 3;

-- name: billing
-- What accepted messages cost; what was canceled before it was sent costs nothing.
SELECT price, price_unit, segments, count(*) FROM rows
WHERE state = 'ACCEPTED' AND status IS NOT 'canceled' GROUP BY 1, 2, 3;
