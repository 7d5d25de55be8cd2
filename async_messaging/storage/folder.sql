-- What stores are asked that stand beside one. Each query begins with its name, then says what it is for.
-- Where `VALUES (?)` gives one item, the code repeats it for a group (`statements.for_group`).

-- name: views_facts
-- What holds for a whole store.
SELECT kind, realm, plan, secret, exclusive FROM store_facts;

-- name: views_open
-- What is open to these numbers.
SELECT key, attempt, state, recipient, sender, service, options, media, earliest, latest,
    hint, negatives, looks, looked_at, variables, print, {wall}
FROM open_attempts WHERE recipient IN (VALUES (?));

-- name: views_claimed
-- Which of these sids are somebody's.
SELECT sid FROM claimed_sids WHERE sid IN (VALUES (?));

-- name: campaign_of_0_1_facts
-- Version 0.1 kept no account.
SELECT 'campaign', NULL, plan, NULL, NULL FROM campaign;

-- name: campaign_of_0_1_open
-- Times are a wall clock's; a plan without a template has its sender and more in the row's cells.
SELECT id, attempt, state, recipient,
    iif(template IS NULL OR sender LIKE 'MG%', NULL, sender),
    iif(template IS NULL OR sender NOT LIKE 'MG%', NULL, sender),
    iif(template IS NULL, NULL, 0), iif(template IS NULL, NULL, media),
    intent_at - 3600000, coalesce(ended_at, dead_at) + 3600000,
    NULL, negatives, NULL, NULL, variables, NULL, 1
FROM (
    SELECT rows.*, plan ->> 'template' AS template, plan ->> 'sender' AS sender,
        coalesce(json_array_length(plan, '$.media_url'), 0) AS media
    FROM rows, campaign
) WHERE recipient IN (VALUES (?)) AND state IN ('INTENT', 'UNKNOWN', 'HELD');

-- name: campaign_of_0_1_claimed
-- Which of these sids are some row's.
SELECT sid FROM rows WHERE sid IN (VALUES (?));

-- name: outbox_of_0_1_facts
-- Version 0.1 kept no account.
SELECT 'outbox', NULL, NULL, secret, NULL FROM outbox;

-- name: outbox_of_0_1_open
-- Times are a wall clock's, in seconds; its hash of a text is none that is made today.
SELECT key, attempt, state, recipient, nullif(sender, ''), nullif(service, ''),
    iif(hidden, 8, 0), media, round(intent_at * 1000) - 3600000,
    round((ended_at + grace) * 1000) + 3600000,
    nullif(hint, ''), negatives, looks, NULL, NULL, NULL, 1
FROM entries WHERE recipient IN (VALUES (?)) AND state IN ('INTENT', 'UNKNOWN', 'HELD');

-- name: outbox_of_0_1_claimed
-- Which of these sids are some key's, or were.
SELECT sid FROM (SELECT sid FROM entries UNION ALL SELECT sid FROM spent)
WHERE sid IN (VALUES (?));
