"""What became of a send whose answer is unknown: one engine for calls, campaigns and outboxes."""
