"""Who is written to, and who wants no more messages: `suppressions`."""
