"""When a call may go, and what happens if it fails."""
