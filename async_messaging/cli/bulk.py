"""``async-messaging bulk``: a message for each row of a file, and a line of results for each."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from ..bulk.results_file import DoneRows, ResultsWriter, done_rows
from ..bulk.sources import RowSource, open_rows
from ..client import MessagingClient
from ..errors import InvalidInput, SettingsError
from .exits import command
from .loops import Loop, LoopName, run_on
from .options import (
    NO_RATE,
    BaseUrl,
    Concurrency,
    Json,
    NoProgress,
    PhoneColumn,
    Sender,
    Template,
    Verbose,
    check_rate,
    needed_sender,
    sender_of,
)
from .progress import mode_for
from .report import report_record, show_report
from .screen import err, out, say, say_json
from .sending import Sending, check_same, sentence_of

_SENDER_COLUMNS = frozenset({"from", "from_", "messaging_service_sid"})


@command()
def bulk(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV or JSON Lines; - is stdin.")],
    sender: Sender = None,
    template: Template = None,
    rate: Annotated[
        float | None, typer.Option(metavar="N", help="Segments a second. Always needed.")
    ] = None,
    concurrency: Concurrency = 64,
    results: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Results, one JSON object a line.")
    ] = Path("results.jsonl"),
    go_on: Annotated[
        bool,
        typer.Option(
            "--continue",
            help="Append to the results, and skip rows that they have as accepted or unknown.",
        ),
    ] = False,
    phone_column: PhoneColumn = None,
    no_progress: NoProgress = False,
    loop: Loop = LoopName.ASYNCIO,
    base_url: BaseUrl = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Send a message to each row of a file, each at most once.

    Ctrl-C takes no more rows and lets calls in flight finish; --continue goes on from there.
    Credentials come from TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and
    TWILIO_API_KEY_SECRET).
    """
    with ExitStack() as stack:
        checked = _checked_rate(rate)
        client = MessagingClient(base_url=base_url)
        source = stack.enter_context(opened_source(file, template, sender_of(sender), phone_column))
        done = _done(results, go_on=go_on)
        sending = Sending(
            client=client,
            source=source,
            done=done,
            total=_total(source, done),
            results=_writer(results, go_on=go_on),
            title=f"{'standard input' if file == '-' else file} -> {results}",
            rate=checked,
            concurrency=concurrency,
            screen=err(),
            progress=mode_for(err(), no_progress=no_progress, verbose=verbose),
        )
        gc.freeze()  # else a collection of what imports made holds the loop up for tens of ms
        status = run_on(loop, sending.run)
    if as_json:
        say_json(report_record(sending.tally, sending.where, str(results), status))
    else:
        show_report(out(), sending.tally, sending.where, str(results))
    raise typer.Exit(status)


def _checked_rate(rate: float | None) -> float:
    if check_rate(rate) is None:
        raise SettingsError(NO_RATE)
    assert rate is not None
    return rate


def opened_source(
    file: str, template: str | None, sender: str | None, phone_column: str | None
) -> RowSource:
    """The source, if file, template and sender are there to send its rows."""
    try:
        source = open_rows(
            file, template=template, sender=sender, phone_column=phone_column, warn=say
        )
    except OSError as error:
        raise InvalidInput(sentence_of(error), field=file) from None
    has_sender = sender or (
        template is None and _SENDER_COLUMNS.intersection(map(str.lower, source.columns))
    )
    if not has_sender:
        source.close()
        needed_sender(None)
    return source


def _done(results: Path, *, go_on: bool) -> DoneRows:
    try:
        return done_rows(results) if go_on else DoneRows()
    except OSError as error:
        raise InvalidInput(sentence_of(error), field="--out") from None


def _writer(results: Path, *, go_on: bool) -> ResultsWriter:
    try:
        return ResultsWriter(results, append=go_on)
    except FileExistsError:
        raise InvalidInput(
            f"{results} is there already: --continue goes on with it, --out names another",
            field="--out",
        ) from None
    except OSError as error:
        raise InvalidInput(f"{results}: {sentence_of(error)}", field="--out") from None


def _total(source: RowSource, done: DoneRows) -> int | None:
    """How many rows there are; those which are done must still be the same."""
    total = source.count_rows()
    if total is not None and done:
        for row in source:
            check_same(done, row)
    return total
