"""Twilio's resources: Python arguments in, calls out. One file a chapter of the reference."""
