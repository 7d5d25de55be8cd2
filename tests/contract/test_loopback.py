"""The reader of traces that shows whether the tests stay on this machine."""

from __future__ import annotations

from tests.loopback import strangers

HERE = [
    '12 connect(16, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
    '12 connect(16, {sa_family=AF_INET6, sin6_port=htons(1), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0',
    '12 connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = -1 ENOENT (No such file or directory)',
    "12 <... connect resumed>) = -1 EINPROGRESS (Operation now in progress)",
    '9 connect(4, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr)}, 28) = 0',
]
ELSEWHERE = [
    '12 connect(5, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 0',
    '13 connect(5, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2606:4700::1", &sin6_addr)}, 28) = 0',
    '13 connect(5, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("10.0.0.2")} <unfinished ...>',
]


def test_connections_to_this_machine_are_no_strangers() -> None:
    assert not strangers(HERE)


def test_every_other_address_is_told_with_its_count() -> None:
    assert strangers([*HERE, *ELSEWHERE]) == {"10.0.0.2": 2, "2606:4700::1": 1}
