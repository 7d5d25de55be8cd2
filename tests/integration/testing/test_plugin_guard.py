"""No test reaches Twilio, whatever way it tries; and the one that tried is named."""

from __future__ import annotations

import pytest

from tests.integration.testing.conftest import Session

PROXY = '''
import socket, threading, contextlib

@contextlib.contextmanager
def proxy():
    """Answers every CONNECT as if it had connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            with server.accept()[0] as peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 Connection established\\r\\n\\r\\n")
                peer.recv(4096)
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()
'''
WAYS = {
    "getaddrinfo": "import socket\nsocket.getaddrinfo('api.twilio.com', 443)",
    "gethostbyname": "import socket\nsocket.gethostbyname('messaging.twilio.com')",
    "create_connection": "import socket\nsocket.create_connection(('api.twilio.com', 443))",
    "connect by name": "import socket\nwith socket.socket() as s: s.connect(('API.Twilio.com.', 443))",
    "connect_ex by name": "import socket\nwith socket.socket() as s:\n"
    "    s.connect_ex(('api.twilio.com', 443))",
    "http.client": "import http.client\nhttp.client.HTTPSConnection('api.twilio.com').request('GET', '/')",
    "urllib": "import urllib.request\nurllib.request.urlopen('https://api.twilio.com/')",
    "requests": "import requests\nrequests.get('https://api.twilio.com/')",
    "urllib3": "import urllib3\nurllib3.request('GET', 'https://api.twilio.com/')",
    "a proxy": "import requests\nwith proxy() as url:\n"
    "    requests.get('https://api.twilio.com/', proxies={'https': url})",
    "an address": "import ssl\nssl.create_default_context().wrap_bio("
    "ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname='api.twilio.com')",
    "an address, for asyncio": "import ssl\nssl.create_default_context().wrap_bio("
    "ssl.MemoryBIO(), ssl.MemoryBIO(), False, 'api.twilio.com')",
    "an address, for a socket": "import socket, ssl\nwith socket.socket() as s:\n"
    "    ssl.create_default_context().wrap_socket(s, False, True, True, 'api.twilio.com')",
    "loop.getaddrinfo": "import asyncio\nasync def main():\n"
    "    await asyncio.get_running_loop().getaddrinfo('api.twilio.com', 443)\nasyncio.run(main())",
    "open_connection": "import asyncio\n"
    "asyncio.run(asyncio.open_connection('api.twilio.com', 443, ssl=True))",
    "uvloop": "import asyncio, uvloop\nuvloop.run(asyncio.open_connection('api.twilio.com', 443))",
    "uvloop's getaddrinfo": "import asyncio, uvloop\nasync def main():\n"
    "    await asyncio.get_running_loop().getaddrinfo('api.twilio.com', 443)\nuvloop.run(main())",
    "aiohttp": "import asyncio, aiohttp\nasync def main():\n"
    "    async with aiohttp.ClientSession() as s: await s.get('https://api.twilio.com/')\n"
    "asyncio.run(main())",
    "our client": "import asyncio\nfrom async_messaging import MessagingClient\nasync def main():\n"
    "    async with MessagingClient(account_sid='AC' + '1' * 32, auth_token='t') as client:\n"
    "        await client.messages.create(to='+14155550100', from_='+15005550006', body='Hi')\n"
    "asyncio.run(main())",
    "a thread": "import socket, threading\n"
    "t = threading.Thread(target=socket.getaddrinfo, args=('api.twilio.com', 443))\n"
    "threading.excepthook = lambda _: None\nt.start()\nt.join()",
}


def in_a_test(code: str) -> str:
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    return f"{PROXY if 'proxy()' in code else ''}\ndef test_that_tries():\n{lines}\n"


@pytest.mark.parametrize("way", WAYS)
def test_a_test_that_tries_fails_and_is_named(session: Session, way: str) -> None:
    result = session(in_a_test(WAYS[way]), subprocess=True)
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines_random(
        [
            r".*test_it\.py::test_that_tries tried to reach (api|messaging)\.twilio\.com.*",
            r"=+ blocked connections to Twilio =+",
            r"test_it\.py::test_that_tries: (api|messaging)\.twilio\.com(, \d times)?",
        ]
    )


@pytest.mark.parametrize("name", ["Exception", "BaseException"])
def test_whoever_catches_the_error_fails_all_the_same(session: Session, name: str) -> None:
    source = f"""
import socket, contextlib

def test_that_goes_on():
    with contextlib.suppress({name}):
        socket.getaddrinfo("api.twilio.com", 443)
"""
    result = session(source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*test_that_goes_on tried to reach api.twilio.com*")


def test_in_a_fixture_it_is_an_error_of_the_test_and_the_next_one_goes_on(session: Session) -> None:
    source = """
import contextlib, socket, unittest
import pytest

@pytest.fixture
def before():
    with contextlib.suppress(BaseException):
        socket.getaddrinfo("api.twilio.com", 443)

@pytest.fixture
def after():
    yield
    socket.getaddrinfo("api.twilio.com", 443)

def test_one(before):
    raise AssertionError("is not run")

def test_two(after):
    pass

def test_three():
    pass

class TestFour(unittest.TestCase):
    def test_four(self):
        socket.getaddrinfo("api.twilio.com", 443)
"""
    result = session(source)
    result.assert_outcomes(passed=2, errors=2, failed=1)
    result.stdout.no_fnmatch_line("*is not run*")
    result.stdout.fnmatch_lines_random(
        ["test_it.py::test_one: *", "test_it.py::test_two: *", "test_it.py::TestFour::test_four: *"]
    )


def test_a_live_test_may_and_the_marker_is_registered(session: Session) -> None:
    source = """
import ssl
import pytest

def reach():
    ssl.create_default_context().wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="api.twilio.com"
    )

@pytest.mark.live_twilio
def test_live():
    reach()

def test_another():
    reach()
"""
    session(source, "--strict-markers").assert_outcomes(passed=1, failed=1)
    assert "live_twilio" in session(source, "--markers").stdout.str()


def test_what_is_tried_while_tests_are_collected_is_told(session: Session) -> None:
    source = """
import contextlib, socket

with contextlib.suppress(BaseException):
    socket.getaddrinfo("api.twilio.com", 443)

def test_it():
    pass
"""
    result = session(source)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines("outside of tests: api.twilio.com")


def test_other_hosts_are_nobodys_business(session: Session) -> None:
    source = """
import socket

def test_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(("localhost", server.getsockname()[1])):
            pass
"""
    result = session(source)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*blocked*")


def test_after_the_session_everything_is_as_before(session: Session) -> None:
    import ssl

    import uvloop

    before = ssl.SSLContext.wrap_bio, uvloop.Loop.create_connection
    session("def test_it(): pass").assert_outcomes(passed=1)
    assert (ssl.SSLContext.wrap_bio, uvloop.Loop.create_connection) == before
