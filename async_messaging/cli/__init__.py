"""The command line, ``async-messaging``: one file per command, put together by `app`."""
