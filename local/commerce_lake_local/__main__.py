"""`python -m commerce_lake_local`: starts the local AWS."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from pathlib import Path

from .context import ACCOUNT, REGION
from .server import serve

_LOG = logging.getLogger(__name__)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="commerce_lake_local", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument("--state-dir", type=Path, required=True, help="folder for the log and the engines' files")
    parser.add_argument("--ready-file", type=Path, help="JSON file that is written once the API listens")
    parser.add_argument("--region", default=REGION, help=f"region that the engines work in (default {REGION})")
    parser.add_argument("--account", default=ACCOUNT, help=f"account of all callers, 12 digits (default {ACCOUNT})")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    parser.add_argument("--faults", action="store_true", help="let people ask for faults at /_faults (local/README.md)")
    options = parser.parse_args()
    if not re.fullmatch(r"\d{12}", options.account):
        parser.error(f"an account has 12 digits, not {options.account!r}")
    try:
        serve(
            options.port,
            options.state_dir,
            options.ready_file,
            region=options.region,
            account=options.account,
            verbose=options.verbose,
            faults=options.faults,
        )
    except (OSError, ValueError) as error:
        _LOG.exception("the local AWS cannot run")
        sys.exit(f"The local AWS cannot run: {error}")


if __name__ == "__main__":
    main()
