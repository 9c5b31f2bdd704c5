"""The life of the local AWS: start, listen, end, and leave nothing behind."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import logging.handlers
import os
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, make_server

from .context import ACCOUNT, FOREIGN_SETTINGS, REGION, LocalContext
from .faults.plan import FaultPlan
from .processes import Processes

_LOG = logging.getLogger(__name__)
_HOST = "127.0.0.1"


def serve(
    port: int,
    state_dir: Path,
    ready_file: Path | None,
    *,
    region: str = REGION,
    account: str = ACCOUNT,
    verbose: bool = False,
    faults: bool = False,
) -> None:
    """Serve the API until told to end: by a signal, or by the closing of standard input where that is a pipe.

    Args:
        port: To listen on; 0 picks a free one.
        state_dir: For the log and the engines' files; made if it is not there.
        ready_file: Written once the API listens, as `{"endpoint", "pid", "region", "account"}`; removed at the end.
        region: That the engines work in.
        account: That all callers belong to.
        verbose: Log every request.
        faults: Let people ask for faults.

    Raises:
        OSError: The port is taken, or a file cannot be written.

    """
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    _log_to(state_dir / "local-aws.log", verbose=verbose)
    done = _wait_for_end()
    _settle_environment(state_dir, account)
    plan = FaultPlan(enabled=faults)
    with _processes() as processes, _listening(port, state_dir, region, account, processes, plan) as context:
        if ready_file:
            _announce(ready_file, context)
        _LOG.info("listening on %s", context.endpoint)
        try:
            done.wait()
        finally:
            if ready_file:
                ready_file.unlink(missing_ok=True)
    _LOG.info("ended")


def _log_to(file: Path, *, verbose: bool) -> None:
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=20_000_000, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger(__package__).setLevel(logging.DEBUG if verbose else logging.INFO)
    # It warns of connections that it cannot keep.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.captureWarnings(True)


def _wait_for_end() -> threading.Event:
    done = threading.Event()

    def end(reason: str) -> None:
        _LOG.info("ending: %s", reason)
        done.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: end(signal.Signals(received).name))

    mode = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):

        def watch() -> None:
            while os.read(sys.stdin.fileno(), 4096):
                pass
            end("standard input was closed")

        threading.Thread(target=watch, name="parent", daemon=True).start()
    return done


@contextmanager
def _processes() -> Iterator[Processes]:
    processes = Processes()
    try:
        yield processes
    finally:
        processes.close()


@contextmanager
def _listening(
    port: int, state_dir: Path, region: str, account: str, processes: Processes, plan: FaultPlan
) -> Iterator[LocalContext]:
    from .application import LocalApplication
    from .connections import ConnectionHandler

    server: BaseWSGIServer = make_server(_HOST, port, LocalApplication(plan), True, request_handler=ConnectionHandler)
    context = LocalContext(f"http://{_HOST}:{server.port}", region, account, state_dir, processes, plan)
    os.environ.update(context.aws_environment(), MOTO_PORT=str(server.port))
    _install_engines(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="api", daemon=True)
    thread.start()
    try:
        yield context
    finally:
        server.shutdown()
        server.server_close()


def _settle_environment(state_dir: Path, account: str) -> None:
    """Set what moto and boto read from the environment, before they are imported or used."""
    spool = state_dir / "tmp"
    spool.mkdir(exist_ok=True)
    tempfile.tempdir = str(spool)  # S3 objects of more than 5 MB: not into /tmp, which may be memory.
    with contextlib.suppress(AttributeError, OSError):
        # Give the bodies of large uploads back to the system (glibc's M_MMAP_THRESHOLD; elsewhere there is no need).
        ctypes.CDLL(None).mallopt(-3, 1024 * 1024)
    for name in FOREIGN_SETTINGS:
        os.environ.pop(name, None)
    os.environ["MOTO_ACCOUNT_ID"] = account
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"


def _install_engines(context: LocalContext) -> None:
    # Imported here: moto reads the environment that was settled above when it is imported.
    from . import api, athena, events, glue, lambda_, stepfunctions

    api.install()
    stepfunctions.install()
    for engine in (lambda_, events, glue, athena):
        engine.install(context)


def _announce(ready_file: Path, context: LocalContext) -> None:
    ready = {"endpoint": context.endpoint, "pid": os.getpid(), "region": context.region, "account": context.account}
    unfinished = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(ready) + "\n", encoding="utf-8")
    unfinished.replace(ready_file)
