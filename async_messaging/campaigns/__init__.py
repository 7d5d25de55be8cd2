"""Durable bulk sends: a ledger that survives crashes, so that no row is lost or sent twice."""
