-- What a report reads. Each begins with its name, then says what it is for.

-- name: rows
-- The next rows, whatever their state, in order.
SELECT id, recipient, state, {sid}, status, code, error, attempt, intent_at, ended_at, segments,
    price, price_unit
FROM rows WHERE id > ? ORDER BY id LIMIT ?;

-- name: totals
-- How many rows ended alike.
SELECT state, sid IS NOT NULL, status, code, count(*) FROM rows GROUP BY 1, 2, 3, 4;
