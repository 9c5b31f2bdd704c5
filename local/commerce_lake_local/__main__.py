"""`python -m commerce_lake_local`: starts the local AWS."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from .server import serve

_LOG = logging.getLogger(__name__)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="commerce_lake_local", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument("--state-dir", type=Path, required=True, help="folder for the log and the engines' files")
    parser.add_argument("--ready-file", type=Path, help="JSON file that is written once the API listens")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    options = parser.parse_args()
    try:
        serve(options.port, options.state_dir, options.ready_file, verbose=options.verbose)
    except (OSError, ValueError) as error:
        _LOG.exception("the local AWS cannot run")
        sys.exit(f"The local AWS cannot run: {error}")


if __name__ == "__main__":
    main()
