"""HTTP itself: connections, encodings of bodies, hosts, and what web pages may not do."""

import socket
import time
from urllib.parse import urlsplit

import pytest

from harness import Server
from wire import JSON_TYPE, kms, send, signed

LIST = {"Content-Type": JSON_TYPE, "X-Amz-Target": "TrentService.ListKeys"}


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


def talk(server, data, wait=5):
    """Sends bytes and reads until the server closes or is silent for a while."""
    address = urlsplit(server.url)
    got = b""
    with socket.create_connection((address.hostname, address.port), timeout=wait) as connection:
        connection.sendall(data)
        connection.settimeout(wait)
        try:
            while part := connection.recv(65536):
                got += part
        except (TimeoutError, ConnectionResetError):
            pass
    return got


def raw(server, headers, body, first=b"POST / HTTP/1.1"):
    """A request as bytes."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    return first + b"\r\n" + lines + b"\r\n" + body


def test_two_requests_on_one_connection(server):
    headers = signed(server, LIST, b"{}") | {"Content-Length": "2"}
    last = raw(server, headers | {"Connection": "close"}, b"{}")
    got = talk(server, raw(server, headers, b"{}") + last)
    assert got.count(b"HTTP/1.1 200 OK") == 2


def test_a_body_in_chunks(server):
    headers = signed(server, LIST, b'{"Limit": 5}') | {"Transfer-Encoding": "chunked", "Connection": "close"}
    got = talk(server, raw(server, headers, b'3\r\n{"L\r\n9\r\nimit": 5}\r\n0\r\n\r\n'))
    assert got.startswith(b"HTTP/1.1 200 OK")


def test_chunks_without_end_are_refused_when_they_are_too_many(server):
    headers = signed(server, LIST, b"{}") | {"Transfer-Encoding": "chunked"}
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    try:
        got = talk(server, raw(server, headers, chunk * 17))
    except (BrokenPipeError, ConnectionResetError):
        got = b""
    assert got == b"" or got.startswith(b"HTTP/1.1 413")
    assert kms(server, "ListKeys").status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: a\r\n" * 2_000 + b"\r\n",
        b"POST /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_is_no_http(server, data):
    try:
        got = talk(server, data, wait=1)
    except (BrokenPipeError, ConnectionResetError):
        got = b""
    assert got == b"" or got.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), got[:100]
    assert kms(server, "ListKeys").status == 200


def test_a_client_that_says_nothing_holds_up_nobody(server):
    address = urlsplit(server.url)
    silent = [socket.create_connection((address.hostname, address.port)) for _ in range(50)]
    for connection in silent[:25]:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
    started = time.monotonic()
    assert kms(server, "ListKeys").status == 200
    assert time.monotonic() - started < 2
    for connection in silent:
        connection.close()


def test_a_few_connections_are_enough_for_many_clients(serve):
    server = serve("--connections", "2")
    address = urlsplit(server.url)
    held = [socket.create_connection((address.hostname, address.port)) for _ in range(5)]
    for _ in range(3):
        assert kms(server, "ListKeys").status == 200
    for connection in held:
        connection.close()


def test_the_answer_may_not_be_stored(server):
    assert "no-store" in kms(server, "ListKeys").headers["cache-control"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.1", "", False])
def test_other_hosts_are_not_served(server, host):
    """A name that somebody points to this machine (DNS rebinding) must not reach the server."""
    headers = signed(server, LIST, b"{}", host=host or "x")
    if host == "":
        headers["Host"] = ""
    else:
        del headers["Host"]
    answer = send(server, headers=headers, body=b"{}", host=host)
    assert answer.status in (400, 403)
    assert send(server, "POST", "/_kmsprep/reset", host=host, headers={"Host": ""} if host == "" else ()).status in (400, 403)


def test_names_of_this_machine_are_served(server):
    port = urlsplit(server.url).port
    for host in (f"localhost:{port}", "localhost", f"127.0.0.1:{port}", f"kms.localhost:{port}", f"[::1]:{port}"):
        assert kms(server, "ListKeys", host=host).status == 200, host


def test_a_name_may_be_allowed(serve):
    server = serve("--allow-host", "kms.example")
    assert kms(server, "ListKeys", host="kms.example:4599").status == 200
    assert kms(server, "ListKeys", host="other.example:4599").status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
def test_web_pages_get_nothing(server, origin):
    headers = signed(server, LIST, b"{}") | {"Origin": origin}
    answer = send(server, headers=headers, body=b"{}")
    assert answer.status == 403
    assert not any(name.startswith("access-control-") for name in answer.headers)
    for path in ("advance", "reset", "stop"):
        assert send(server, "POST", f"/_kmsprep/{path}", headers={"Origin": origin}, body=b'{"by": "1d"}').status == 403
    assert kms(server, "ListKeys").status == 200


def test_other_machines_need_to_be_let_in():
    with pytest.raises(AssertionError, match="--expose"):
        Server("--address", "0.0.0.0")
