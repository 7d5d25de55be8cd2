from __future__ import annotations

import pytest

from async_messaging.codec import codes
from async_messaging.codec.codes import CODES, Action, CodeFacts, advice_of, facts_of, link_of


def numbers(text: str) -> list[int]:
    """``30016-30019 30024`` -> every number of it."""
    found: list[int] = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


# Typed from Twilio's dictionary, by action; a range is meant where the dictionary lists it whole.
ANSWERS: dict[Action, str] = {
    "retry": "",
    "wait": "20009 20429 21611 35125 14107",
    "fix_configuration": (
        "20003 20005 20006 20403 20008 20404 21212 21408 21601 21606 21607 21616 21657"
        " 21659-21661 21609 21626 21701-21705 21711-21714"
    ),
    "bad_recipient": "21211 21217 21421 21265 21608 572005 21612 21614 21635",
    "suppress_recipient": "21610",
    "fix_message": (
        "20001 20409 21602 21619 21603 21604 21617 21618 21620 21621 21622 21623 21624 90007 30012"
        " 30013 21654-21656 21664 21666 21667 30400 30409 35111 35114 35115 35117 35118 30113"
    ),
    "none": "20500 20503 21710",
}
MESSAGES: dict[Action, str] = {
    "retry": "30003 30008 30017 30020 30021 30036 63009 63010 63012",
    "wait": "30001 30022 30023 30027 30025 30026 30035 30410 30610 63017 63018 63038",
    "fix_configuration": (
        "30002 30007 30016 30018 30024 30032 30033 30034 30440 63001 63002 63004-63008 63011 63013"
        " 63020 63022 63026 63040-63042 63051 11200 11205 11220 12100 12300 57012"
    ),
    "bad_recipient": "30005 30006 63003 63024 63015 63035 63036",
    "suppress_recipient": "30004 30450 30640 63014 63033 63032 63049",
    "fix_message": ("30011 30019 63016 63019 63021 63023 63025 63027-63031 63034 63043-63047"),
    "none": "30009 30010 30038 63037",
}
EXPECTED = {
    code: action
    for table in (ANSWERS, MESSAGES)
    for action, listed in table.items()
    for code in numbers(listed)
}


def test_every_code_has_its_action() -> None:
    assert {code: facts.action for code, facts in CODES.items()} == EXPECTED


def test_no_code_is_expected_twice() -> None:
    listed = [*ANSWERS.values(), *MESSAGES.values()]
    assert sum(len(numbers(one)) for one in listed) == len(EXPECTED)


def test_facts_carry_their_own_number_and_a_meaning() -> None:
    for code, facts in CODES.items():
        assert facts.code == code
        assert facts.meaning
        assert not facts.meaning.endswith(".")


def test_the_names_that_classification_uses() -> None:
    assert {63017, 63018} == codes.TOO_FAST
    assert {20003, 20005, 20006} == codes.STOPPING
    assert (codes.DAILY_LIMIT, codes.QUEUE_FULL, codes.CONCURRENCY) == (63038, 21611, 20429)


@pytest.mark.parametrize("code", [11230, 11239, 30800, 30899])
def test_families_without_a_list(code: int) -> None:
    facts = facts_of(code)
    assert facts is not None
    assert (facts.code, facts.action) == (code, "fix_configuration")
    assert code not in CODES


@pytest.mark.parametrize("code", [0, -1, 404, 11229, 11240, 30799, 30900, 99999])
def test_an_unknown_code_has_no_facts(code: int) -> None:
    assert facts_of(code) is None
    assert advice_of(code) == f"Twilio's page explains this code: {link_of(code)}"


def test_a_link_leads_to_twilios_page() -> None:
    assert link_of(21610) == "https://www.twilio.com/docs/api/errors/21610"


def test_advice_is_one_sentence() -> None:
    assert advice_of(21610) == "The recipient has opted out: send nothing more to this recipient."
    assert advice_of(21710) == "The sender is in this messaging service already."
    for code in CODES:
        advice = advice_of(code)
        assert advice[0].isupper() or advice[0].isdigit()
        assert advice.endswith(".")
        assert advice.count(". ") == 0


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        (400, "Twilio refused the request: correct it"),
        (401, "The credentials are wrong"),
        (403, "The account may not do this: "),
        (404, "There is no such resource: "),
        (409, "The resource's state does not allow this: "),
        (418, "Twilio refused the request: "),
        (429, "Too many calls at the same time, and this one was not processed: "),
        (500, "Twilio failed; a creation may have gone through all the same"),
        (503, "Twilio failed; "),
    ],
)
def test_the_status_speaks_where_the_code_is_not_known(status: int, begins: str) -> None:
    without = advice_of(None, status=status)
    assert without.startswith(begins)
    assert without.endswith(".")
    page = f"; Twilio's page explains this code: {link_of(99999)}"
    assert advice_of(99999, status=status) == without.removesuffix(".") + page
    assert advice_of(21610, status=status) == advice_of(21610)


def test_no_advice_to_repeat_where_the_message_may_have_gone_out() -> None:
    for code in (20500, 20503, 30410):
        assert "again" not in advice_of(code)


def test_overrides_go_first() -> None:
    mine = {30007: CodeFacts(30007, "the words are filtered", "fix_message")}
    assert advice_of(30007, mine).startswith("The words are filtered: ")
    assert advice_of(21610, mine) == advice_of(21610)
    unknown = {99999: CodeFacts(99999, "brand new", "none")}
    assert advice_of(99999, unknown) == "Brand new."


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        CODES[1] = CodeFacts(1, "x", "none")  # type: ignore[index]  # that it is refused is the test
