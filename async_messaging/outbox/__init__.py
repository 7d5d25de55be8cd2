"""The outbox: single sends under a key, each of which is one message whatever its caller repeats.

`outbox.py` is the door. The theory stands in `rules` (what a key's states are and who may change
them), `settling` (how Twilio's list decides what nobody knows) and `file` (why it is durable).
"""
