"""Durable bulk sends: a ledger that survives crashes, so that no row is lost or sent twice.

`campaign` is the face; `ledger` has the theory, `running` and `workers` the run, `attempts`
what settling sees of sends of which nobody knows. What becomes of accepted messages comes back by
`mailbox` (callbacks) and `sync` (Twilio's list); `delivery` adds it up, `retrying` tries again.
"""
