"""wrk: what C takes for the same requests, answers parsed but not looked at. Shows the origin's ceiling."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.jobs import Job, Told
from benchmarks.peers.base import SENDER, Target, text_for

__all__ = ["measured"]

_TO = "+14152000000"
_COUNT = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m)")
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0}
_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Authorization"] = "{authorization}"
local number = 2000000
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, (string.gsub("{form}", "2000000", number)))
end
"""


def measured(job: Job) -> Told:
    """So many connections for so long; wrk counts whole seconds."""
    program = shutil.which("wrk")
    if program is None:
        return Told(left_out="it is not on the PATH")
    target = Target(job.url, job.authority, job.in_flight)
    form = urlencode({"To": _TO, "From": SENDER, "Body": text_for(_TO)})
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(_SCRIPT.format(form=form, authorization=target.authorization), "ascii")
        options = [
            "-t1",
            f"-c{job.in_flight}",
            f"-d{max(1, round(job.seconds))}",
            "-s",
            str(script),
        ]
        done = subprocess.run(
            [program, *options, target.url + target.path],
            capture_output=True,
            text=True,
            check=True,
        )
    found = _COUNT.search(done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        return Told(left_out="it counted errors")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Told(
        count=int(found[1]),
        wall=float(found[2]) * _SECONDS[found[3]],
        cpu=used.ru_utime + used.ru_stime,
    )
