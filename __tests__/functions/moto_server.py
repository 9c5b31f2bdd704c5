"""A moto server for the functions' tests: on a free port of loopback, its DynamoDB atomic as the local AWS makes it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "local"))

from commerce_lake_local.api import dynamodb
from moto.server import main

dynamodb.mend()
main(["-H", "127.0.0.1", "-p", "0"])
