"""Files that must outlive a crash: SQLite, locks, group commit, and how files are made and replaced."""
