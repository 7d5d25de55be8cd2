from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from async_messaging.simulator.courier import sign

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"{URL}#rc=3&rp=all", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL.replace(".com/", ".com:443/"), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (URL.replace("https", "http").replace(".com/", ".com:80/"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_twilios_own_examples(url: str, signature: str) -> None:
    assert sign("12345", url, FIELDS) == signature


@given(
    st.text("abcXYZ019=&%+", max_size=20),
    st.dictionaries(st.text("ABab1", min_size=1, max_size=6), st.text(max_size=12), max_size=8),
)
def test_the_official_validator_agrees(query: str, fields: dict[str, str]) -> None:
    url = f"http://127.0.0.1:8020/status?{query}"
    made = sign("secret", url, fields)
    assert RequestValidator("secret").compute_signature(url, fields) == made


def test_every_part_counts() -> None:
    texts = {
        sign(token, url, fields)
        for token in ("a", "b")
        for url in ("http://h/?x=1", "http://h/?x=2")
        for fields in ({"A": "1"}, {"A": "2"}, {})
    }
    assert len(texts) == 12
