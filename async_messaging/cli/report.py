"""What a bulk send came to: for people, and as one JSON object."""

from __future__ import annotations

from textwrap import wrap

from .exits import Exit
from .progress import clock_of, put_styled
from .screen import Screen, aligned, indented
from .tally import OUTCOMES, Tally, Where

_PERCENTILES = (50, 95, 99)


def show_report(screen: Screen, tally: Tally, where: Where, results: str) -> None:
    """Print the report."""
    put_styled(screen, report_lines(tally, where, results, screen.width))


def report_lines(tally: Tally, where: Where, results: str, width: int) -> list[str]:
    """The report, line by line, for a screen of this width."""
    return [
        str(where),
        *(line for said in _headline(tally) for line in wrap(said, width)),
        "",
        *indented(_totals(tally)),
        "",
        *indented(_reasons(tally, width - 2)),
        *indented(aligned(_figures(tally, results))),
    ]


def report_record(tally: Tally, where: Where, results: str, status: Exit) -> dict[str, object]:
    """The report as ``--json`` prints it; times are in seconds, rates in segments a second."""
    summary = tally.summary
    codes = [
        {"outcome": why.outcome, "code": why.code, "meaning": why.meaning, "rows": count}
        for why, count in tally.reasons.most_common()
    ]
    return {
        "where": where.kind.lower(),
        "origin": where.origin,
        "ending": tally.ending,
        "reason": tally.why,
        "exit": int(status),
        "total": tally.total,
        "skipped": tally.skipped,
        "rows": summary.rows,
        **{name: getattr(summary, name) for name in OUTCOMES},
        "reasons": codes,
        "segments": summary.segments,
        "requests": summary.requests,
        "throttled": summary.throttled,
        "retries": summary.retries,
        "elapsed": round(summary.elapsed, 3),
        "rate": summary.rate,
        "attained": round(max(0.0, summary.attained), 3),
        "latency": {
            f"p{percent}": round(summary.latencies.percentile(percent), 6)
            for percent in _PERCENTILES
        },
        "results": results,
    }


def _headline(tally: Tally) -> list[str]:
    summary = tally.summary
    match tally.ending:
        case "complete":
            said = "Complete: every row has an outcome."
        case "interrupted":
            said = "Interrupted: calls in flight have finished; go on with --continue."
        case "gave up":
            said = "Interrupted twice: rows in flight are unknown; go on with --continue."
        case "account":
            said = f"Stopped: {tally.why}"
        case "storage":
            said = f"Stopped: the results can't be written: {tally.why}"
        case "input":
            said = f"Stopped: the file can't be read further: {tally.why}"
    if not summary.unknown:
        return [said]
    rows = "1 row is" if summary.unknown == 1 else f"{summary.unknown:,} rows are"
    return [said, f"{rows} unknown: perhaps accepted, and for that reason not sent again."]


def _totals(tally: Tally) -> list[str]:
    summary = tally.summary
    names = [name.replace("_", " ") for name in OUTCOMES]
    counts = [f"{getattr(summary, name):,}" for name in OUTCOMES]
    names.append("rows")
    counts.append(f"{summary.rows:,}")
    if tally.skipped:
        names.append("done before")
        counts.append(f"{tally.skipped:,}")
    return aligned([names, counts], right=range(len(names)))


def _reasons(tally: Tally, width: int) -> list[str]:
    if not tally.reasons:
        return []
    order = {name: place for place, name in enumerate(OUTCOMES)}
    found = sorted(
        tally.reasons.items(),
        key=lambda item: (order[item[0].outcome], -item[1], item[0].code or 0),
    )
    rows = [
        (f"{count:,}", why.outcome.replace("_", " "), str(why.code or ""), why.meaning)
        for why, count in found
    ]
    table = [("rows", "outcome", "code", "meaning"), *rows]
    return [*aligned(table, right=(0,), width=width), ""]


def _figures(tally: Tally, results: str) -> list[tuple[str, str]]:
    summary = tally.summary
    attained = max(0.0, summary.attained)
    share = f" ({attained / tally.rate:.1%})" if attained else ""
    times = [f"p{p} {_time(summary.latencies.percentile(p))}" for p in _PERCENTILES]
    requests = (
        f"{summary.requests:,}, of them {summary.throttled:,} throttled (429)"
        f" and {summary.retries:,} retries"
    )
    rows = [
        ("rate", f"{attained:,.1f} of {tally.rate:,g} segments/s{share}"),
        ("segments", f"{summary.segments:,} accepted"),
        ("latency", ", ".join(times) if summary.latencies.count else "none measured"),
        ("requests", requests),
        ("elapsed", clock_of(summary.elapsed) if summary.elapsed >= 60 else _time(summary.elapsed)),
        ("results", results),
    ]
    if any(why.code for why in tally.reasons):
        rows.append(("codes", "https://www.twilio.com/docs/api/errors/<code>"))
    return rows


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
