"""Many messages at once: from any iterable or file, through one client, to results."""
