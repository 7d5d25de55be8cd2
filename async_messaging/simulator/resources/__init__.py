"""The resources of Twilio's newer hosts (messaging, content): what an account is set up with.

Each module has a chapter of them and ends in its `ROUTES`.
"""

from __future__ import annotations
