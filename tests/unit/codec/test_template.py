from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.template import Template
from async_messaging.errors import InvalidInput

NOT_PLAIN = "is not a plain column name (letters, digits, _, - and spaces; a literal brace is \\{)"


def rendered(text: str, **row: str) -> str:
    return Template.parse(text).render(row)


@pytest.mark.parametrize(
    "text", ["Hi {name}!", "Hi {{name}}!", "Hi { name }!", "Hi {{ name }}!", "Hi {\u00a0name}!"]
)
def test_both_forms_of_a_field(text: str) -> None:
    assert rendered(text, name="Ada") == "Hi Ada!"


def test_names_of_any_script_with_inner_spaces() -> None:
    row = {
        "first name": "a",
        "имя": "b",
        "नाम": "c",
        "order-no_2": "d",
        "Ré": "e",
        "कर\u200cता": "f",
    }
    text = "{first name}{имя}{नाम}{order-no_2}{Re\N{COMBINING ACUTE ACCENT}}{कर\u200cता}"
    template = Template.parse(text, row)
    assert template.render(row) == "abcdef"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\{name\}", "{name}"),
        (r"\{{name}}", "{Ada}"),
        (r"\\{name}", "\\Ada"),
        (r"\\\{name}", r"\{name}"),
        (r"\\\\{name}", r"\\Ada"),
        (r"a\b\\c \n", r"a\b\\c \n"),
        ("{name}}", "Ada}"),
        ("} {name} }", "} Ada }"),
        (r"{name}\\}", "Ada\\}"),
        ("{name}{{name}}{name}", "AdaAdaAda"),
        ("", ""),
        ("ends with \\", "ends with \\"),
    ],
)
def test_braces_and_backslashes(text: str, expected: str) -> None:
    assert rendered(text, name="Ada") == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hi {nmae}", "the field nmae at position 4 is not a column; the columns are: name, city"),
        ("Hi {name", "the field name at position 4 is not closed"),
        ("Hi {{name}", "the field name at position 4 is not closed"),
        ("Hi {name your order", "the field name at position 4 is not closed"),
        ("Hi {", "the field at position 4 is not closed"),
        ("Hi {na\nme}", "the field na at position 4 is not closed"),
        ("Hi {name {city}", "the field name at position 4 is not closed"),
        ("Hi {{{name}}}", "the field at position 4 is not closed"),
        ("Hi {}", "the field at position 4 has no name"),
        ("Hi {{ }}", "the field at position 4 has no name"),
        ("Hi {name.upper}", f"the field at position 4 {NOT_PLAIN}"),
        ("Hi {name[0]}", f"the field at position 4 {NOT_PLAIN}"),
        ("Hi {name!r}", f"the field at position 4 {NOT_PLAIN}"),
        ("Hi {name:>9}", f"the field at position 4 {NOT_PLAIN}"),
    ],
)
def test_a_wrong_field_refuses_the_template(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Template.parse(text, ["name", "city"])
    assert caught.value.field == "template"
    assert caught.value.reason == reason


def test_without_columns_names_are_not_checked() -> None:
    assert Template.parse("{a} {b} {a}").fields == ("a", "b")


def test_a_file_without_other_columns_says_so() -> None:
    with pytest.raises(InvalidInput, match="the columns are: none"):
        Template.parse("{name}", [])


@pytest.mark.parametrize("row", [{}, {"name": ""}, {"name": " \u00a0"}, {"name": None}])
def test_a_missing_value_is_an_error_never_a_gap(row: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Template.parse("Hi {name}").render(row)
    assert (caught.value.field, caught.value.reason) == ("name", "is empty")


def test_a_value_that_is_no_text_is_an_error() -> None:
    with pytest.raises(InvalidInput) as caught:
        Template.parse("Hi {name}").render({"name": ["Ada"]})
    assert (caught.value.field, caught.value.reason) == ("name", "must be a text or a number")


def test_the_repr_has_no_text() -> None:
    assert repr(Template.parse("secret {name}")) == "Template(fields=('name',))"


@given(st.text().filter(lambda text: not set(text) & set("{}")))
def test_text_without_braces_is_itself(text: str) -> None:
    assert rendered(text) == text


@given(st.text(min_size=1).filter(str.strip))
def test_values_are_data(value: str) -> None:
    template = Template.parse("<{a}|{{b}}>")
    assert template.render({"a": value, "b": "{a}"}) == f"<{value}|{{a}}>"


@given(st.text() | st.text(st.sampled_from("{}\\ab. \n")))
def test_any_template_is_read_or_refused(text: str) -> None:
    fields = {"a"}
    try:
        fields = set(Template.parse(text, ["a"]).fields)
    except InvalidInput as error:
        fields = {error.field}
    assert fields <= {"a"} or fields == {"template"}


@given(st.text())
def test_every_text_can_be_written_as_a_template(text: str) -> None:
    escaped = re.sub(r"(\\*)([{}])", lambda m: m[1] * 2 + "\\" + m[2], text)
    assert rendered(escaped) == text
