"""Connections of the local AWS: kept, and always at the beginning of the next request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from commerce_lake_local.connections import ConnectionHandler
from werkzeug.serving import make_server

_Start = Callable[..., Any]


def _application(environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
    """Does what its path says."""
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise RuntimeError("it was asked to fail")
    if path == "/break":
        start("200 OK", [("Content-Length", "10")])
        return _broken()
    if path == "/ignore":
        start("404 NOT FOUND", [("Content-Length", "2")])
        return [b"no"]
    if path == "/empty":
        start("204 NO CONTENT", [])
        return []
    if path == "/parts":
        start("200 OK", [])
        return [b"one,", b"", b"two"]
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _broken() -> Iterator[bytes]:
    yield b"half"
    raise RuntimeError("it was asked to break")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = make_server("127.0.0.1", 0, _application, threaded=True, request_handler=ConnectionHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    server.server_close()


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    kept = HTTPConnection("127.0.0.1", port, timeout=20)
    kept.connect()
    yield kept
    kept.close()


def _ask(connection: HTTPConnection, path: str, body: Any = None, method: str = "POST", **more: Any) -> bytes:
    connection.request(method, path, body, **more)
    return connection.getresponse().read()


def test_one_connection_serves_many_requests(connection: HTTPConnection) -> None:
    first = connection.sock.getsockname()
    assert [_ask(connection, "/echo", body) for body in (b"a", b"", b"b" * 3_000_000)] == [b"a", b"", b"b" * 3_000_000]
    assert _ask(connection, "/echo", iter([b"in ", b"chunks"]), encode_chunked=True) == b"in chunks"
    assert connection.sock.getsockname() == first


@pytest.mark.parametrize("body", [b"x" * 5_000_000, [b"x" * 1_000_000] * 3])
def test_a_body_that_nobody_read_is_not_the_next_request(connection: HTTPConnection, body: Any) -> None:
    first = connection.sock.getsockname()
    assert _ask(connection, "/ignore", iter(body) if isinstance(body, list) else body) == b"no"
    assert _ask(connection, "/echo", b"next") == b"next"
    assert connection.sock.getsockname() == first


def test_answers_without_a_body_or_a_length_end_where_they_end(connection: HTTPConnection) -> None:
    first = connection.sock.getsockname()
    assert _ask(connection, "/echo", b"four", method="HEAD") == b""
    assert _ask(connection, "/empty") == b""
    assert _ask(connection, "/parts") == b"one,two"
    assert _ask(connection, "/echo", b"next") == b"next"
    assert connection.sock.getsockname() == first


def test_a_client_that_asks_whether_to_go_on_is_told_at_once(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(b"PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert raw.recv(1_000).startswith(b"HTTP/1.1 100 ")
        raw.sendall(b"abc")
        assert raw.recv(1_000).endswith(b"\r\n\r\nabc")


def test_an_old_client_hears_the_end_of_the_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(b"POST /parts HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        heard = b"".join(iter(lambda: raw.recv(1_000), b""))
    assert heard.endswith(b"\r\n\r\none,two")
    assert b"chunked" not in heard


@pytest.mark.parametrize("path", ["/fail", "/break"])
def test_an_answer_that_broke_ends_the_connection(port: int, path: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(b"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" % path.encode())
        heard = b"".join(iter(lambda: raw.recv(1_000), b""))
    assert not heard.endswith(b"0\r\n\r\n")
    assert len(heard.partition(b"\r\n\r\n")[2]) < 10


def test_a_client_that_hangs_up_harms_nobody(port: int, connection: HTTPConnection) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nless")
    assert _ask(connection, "/echo", b"still there") == b"still there"
