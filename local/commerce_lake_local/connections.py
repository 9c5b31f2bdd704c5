"""HTTP connections that are kept for the next request.

Werkzeug closes each after one request, and before that waits up to ten milliseconds for more to read: with five calls
for a file, that is most of what validating a small file takes here.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import LimitedStream

_LOG = logging.getLogger(__name__)
_DRAIN_BYTES = 1024 * 1024
_WITHOUT_BODY = ("204", "304")


class ConnectionHandler(MotoRequestHandler):
    """Answers the requests of one connection, one after another, until the client closes it."""

    protocol_version = "HTTP/1.1"
    # A head and a short body are one packet; a second would wait for the first's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def handle_expect_100(self) -> bool:
        """Tell the client at once to go on; it would wait for a second to hear it."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def run_wsgi(self) -> None:
        """Answer one request. Whatever the application leaves of its body is read, for the next one begins after it."""
        environ = self.make_environ()
        body = environ["wsgi.input"] = _body(environ)
        answer = _Answer(self)
        chunks: Iterable[bytes] = ()
        try:
            chunks = self.server.app(environ, answer.start)
            for chunk in chunks:
                answer.write(chunk)
            answer.end()
            while body.read(_DRAIN_BYTES):
                pass
        except (ConnectionError, ClientDisconnected):
            # The client is gone, or sent less than it said: that is its affair.
            self.close_connection = True
        except Exception:
            _LOG.exception("%s %s was not answered", self.command, self.path)
            self.close_connection = True
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def log(self, type: str, message: str, *args: object) -> None:
        """Keep errors alone: the application logs requests itself where it is told to."""
        if type == "error":
            _LOG.error(message, *args)


def _body(environ: dict[str, Any]) -> Any:
    """The request's body, which ends where it ends and not where the connection does."""
    if environ.get("wsgi.input_terminated"):
        return environ["wsgi.input"]
    size = int(environ.get("CONTENT_LENGTH") or 0)
    return LimitedStream(environ["wsgi.input"], size) if size else io.BytesIO()


class _Answer:
    """An answer on its way: its head goes out with the first of its body."""

    def __init__(self, handler: ConnectionHandler) -> None:
        self._handler = handler
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._begun = self._chunked = False

    def start(self, status: str, headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], None]:
        """Take the head, as WSGI wants it."""
        if error and self._begun:
            raise error[1].with_traceback(error[2])
        self._head = (status, headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part of the body."""
        self._begin()
        if not data:
            return
        file = self._handler.wfile
        if self._chunked:
            file.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            file.write(data)

    def end(self) -> None:
        """Send what is left."""
        self._begin()
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")
        self._handler.wfile.flush()

    def _begin(self) -> None:
        if self._begun:
            return
        if self._head is None:
            raise RuntimeError("the application began no answer")
        self._begun = True
        status, headers = self._head
        handler = self._handler
        code, _, reason = status.partition(" ")
        handler.send_response(int(code), reason)
        for name, value in headers:
            handler.send_header(name, value)
        has_end = any(name.lower() == "content-length" for name, _ in headers)
        if not has_end and handler.command != "HEAD" and code not in _WITHOUT_BODY:
            self._chunked = handler.request_version >= "HTTP/1.1"
            # Who does not know chunks takes the end of the connection for that of the body.
            handler.send_header(*(("Transfer-Encoding", "chunked") if self._chunked else ("Connection", "close")))
        handler.end_headers()
