"""P27's rules of safety, how each is taken out, and the scenario of `test_safety` that must see it.

A mutation is one place of the package's text, found by what stands there.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MUTATIONS", "Mutation"]


@dataclass(frozen=True)
class Mutation:
    """One rule taken out.

    Attributes:
        rule: the rule.
        file: where, below the package.
        before: what stands there, once.
        after: what stands there instead.
        scenario: the test that must fail.
    """

    rule: str
    file: str
    before: str
    after: str
    scenario: str


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "an intent is durable before the first byte",
        "campaigns/workers.py",
        "claim = await self._ledger.intend(row)",
        "claim = Claim(row=row.row, to=row.to, token=row.token, epoch=self._ledger.epoch,"
        " attempt=row.attempt + 1, at=0.0); asyncio.ensure_future(self._ledger.intend(row))",
        "test_an_intent_is_durable_before_the_first_byte",
    ),
    Mutation(
        "epoch in every update",
        "campaigns/queries.sql",
        "WHERE rows.id = new.id AND rows.epoch = new.epoch AND",
        "WHERE rows.id = new.id AND",
        "test_an_outcome_of_another_run_changes_nothing",
    ),
    Mutation(
        "epoch in every update: the fence",
        "campaigns/file.py",
        "        try:\n            self._check_fence()\n            yield\n",
        "        try:\n            yield\n",
        "test_a_run_whose_ledger_was_taken_over_sends_no_more",
    ),
    Mutation(
        "UNIQUE(sid)",
        "campaigns/schema.sql",
        "sid BLOB UNIQUE,             -- packed",
        "sid BLOB,                    -- packed",
        "test_no_two_rows_get_one_sid",
    ),
    Mutation(
        "settle time",
        "campaigns/run.py",
        "options.settle,",
        "0.0,",
        "test_messages_that_are_listed_late_are_not_sent_again[settle time]",
    ),
    Mutation(
        "the second scan",
        "settling/changes.py",
        "ENOUGH = 2",
        "ENOUGH = 1",
        "test_messages_that_are_listed_late_are_not_sent_again[second scan]",
    ),
    Mutation(
        "no retry after 5xx on a creation",
        "pipeline/retry.py",
        'return lost and self.on_unknown == "retry"',
        "return lost",
        "test_a_creation_is_not_repeated_after[a 500]",
    ),
    Mutation(
        "no retry of a creation after a read timeout",
        "transport/failures.py",
        "return AnswerTimeout(text, status=status, headers=headers, raw=raw)",
        "return ConnectFailed(text)",
        "test_a_creation_is_not_repeated_after[a read that timed out]",
    ),
    Mutation(
        "redirects off",
        "transport/session_pool.py",
        "allow_redirects=False",
        "allow_redirects=True",
        "test_a_redirect_is_not_followed",
    ),
    Mutation(
        "401 stops the campaign",
        "campaigns/workers.py",
        "if error.stops:",
        "if False:",
        "test_a_401_stops_the_campaign",
    ),
    Mutation(
        "a failed commit stops claiming",
        "campaigns/writer.py",
        "                self._fail(error)\n        self._rescue.write(outcomes)",
        "                return [self.file._claim(row, 0.0) for row in rows]\n"
        "        self._rescue.write(outcomes)",
        "test_a_commit_that_failed_ends_the_run",
    ),
    Mutation(
        "429 retried and not counted: retried",
        "pipeline/retry.py",
        "        if isinstance(error, RateLimited):\n            return True",
        "        if isinstance(error, RateLimited):\n            return False",
        "test_a_429_is_waited_out_and_is_no_attempt",
    ),
    Mutation(
        "429 retried and not counted: not counted",
        "pipeline/exchange.py",
        "turn.plan.attempts -= 1",
        "pass",
        "test_a_429_is_waited_out_and_is_no_attempt",
    ),
    Mutation(
        "final states final",
        "campaigns/queries.sql",
        "AND rows.attempt = new.attempt\n    AND rows.state = new.before;",
        "AND rows.attempt = new.attempt;",
        "test_what_is_final_stays",
    ),
    Mutation(
        "a POST outlives its caller's cancellation",
        "pipeline/carrying.py",
        "not (pending.done or (creates and request.written)):",
        "not pending.done:",
        "test_a_post_outlives_its_caller",
    ),
    Mutation(
        "a differing body is no negative",
        "settling/likeness.py",
        'return "other" if witnessed and not sent.options & _CHANGES else "open"',
        'return "other"',
        "test_another_text_is_no_absence",
    ),
    Mutation(
        "the answer cap",
        "transport/reading.py",
        "if length > self._cap or taken > self._cap:",
        "if False:",
        "test_an_answer_is_read_up_to_a_cap",
    ),
)
