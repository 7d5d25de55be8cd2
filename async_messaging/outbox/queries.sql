-- The outbox's queries. Each begins with its name, then says what it is for.

-- name: create
-- The one row of a new outbox.
INSERT INTO outbox (one, secret, created_at) VALUES (1, :secret, :at);

-- name: secret
-- What the hashes are made with.
SELECT secret FROM outbox;

-- name: get
-- One key.
SELECT * FROM entries WHERE key = :key;

-- name: put
-- Write a key, be it new or not.
INSERT INTO entries (
    key, digest, state, attempt, owner, ttl, expires_at, intent_at, ended_at, grace, sid, hint,
    status, http, code, kind, error, created, negatives, looks, looked_at, realm, recipient,
    sender, service, options, print, media, earliest, latest, wall
) VALUES (
    :key, :digest, :state, :attempt, :owner, :ttl, :expires_at, :intent_at, :ended_at, :grace,
    :sid, :hint, :status, :http, :code, :kind, :error, :created, :negatives, :looks, :looked_at,
    :realm, :recipient, :sender, :service, :options, :print, :media, :earliest, :latest, :wall
)
ON CONFLICT (key) DO UPDATE SET
    digest = excluded.digest, state = excluded.state, attempt = excluded.attempt, owner =
    excluded.owner, ttl = excluded.ttl, expires_at = excluded.expires_at, intent_at =
    excluded.intent_at, ended_at = excluded.ended_at, grace = excluded.grace, sid =
    excluded.sid, hint = excluded.hint, status = excluded.status, http = excluded.http, code =
    excluded.code, kind = excluded.kind, error = excluded.error, created = excluded.created,
    negatives = excluded.negatives, looks = excluded.looks, looked_at = excluded.looked_at,
    realm = excluded.realm, recipient = excluded.recipient, sender = excluded.sender, service =
    excluded.service, options = excluded.options, print = excluded.print, media =
    excluded.media, earliest = excluded.earliest, latest = excluded.latest, wall = excluded.wall;

-- name: remove
-- Forget a key.
DELETE FROM entries WHERE key = :key;

-- name: in_state
-- All keys in an open state, the oldest first.
SELECT * FROM entries WHERE state = :state AND recipient IS NOT NULL ORDER BY intent_at;

-- name: some
-- Keys past a mark.
SELECT * FROM entries WHERE id > :after ORDER BY id LIMIT :most;

-- name: by_state
-- How many keys there are by state.
SELECT state, count(*) AS number FROM entries GROUP BY state;

-- name: owned
-- Whether a sid is some key's, or was.
SELECT 1 FROM entries WHERE sid = :sid UNION ALL SELECT 1 FROM spent WHERE sid = :sid;

-- name: spend
-- Remember the sid of a key that is forgotten.
INSERT OR REPLACE INTO spent (sid, at) VALUES (:sid, :at);

-- name: counted
-- Messages counted for a subject after a moment.
SELECT count(*) FROM counts WHERE subject = :subject AND at > :since;

-- name: count
-- Count an attempt for a subject.
INSERT OR REPLACE INTO counts (subject, at, until, key, attempt)
VALUES (:subject, :at, :until, :key, :attempt);

-- name: give_back
-- Take the counts of an attempt back.
DELETE FROM counts WHERE key = :key AND attempt = :attempt;

-- name: forget_counts
-- Drop counts whose time is over.
DELETE FROM counts WHERE until <= :now;

-- name: forget_spent
-- Drop sids that settling can't meet any more.
DELETE FROM spent WHERE at < :before;

-- name: leave
-- Keep an attempt whose key is sent again.
INSERT OR REPLACE INTO former (
    key, attempt, hint, realm, recipient, sender, service, options, print, media, earliest,
    latest, wall
) VALUES (
    :key, :attempt, :hint, :realm, :recipient, :sender, :service, :options, :print, :media,
    :earliest, :latest, :wall
);

-- name: former
-- All attempts whose keys were sent again.
SELECT * FROM former;

-- name: drop
-- Forget one of them.
DELETE FROM former WHERE key = :key AND attempt = :attempt;

-- name: forget_former
-- Drop those whose messages Twilio lists no more.
DELETE FROM former WHERE latest < :before;

-- name: see
-- Remember a time of Twilio's.
UPDATE outbox SET seen = max(coalesce(seen, 0), :at);

-- name: seen
-- The latest that was remembered.
SELECT seen FROM outbox;

-- name: created
-- Accepted keys whose message Twilio took between two moments, the latest first.
SELECT * FROM entries WHERE created BETWEEN :since AND :until ORDER BY created DESC LIMIT :most;

-- name: with_sid
-- The key that has a sid.
SELECT * FROM entries WHERE sid = :sid;
