"""What every engine of the local AWS is given when it is installed."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from .faults.plan import FaultPlan
from .processes import Processes

REGION = "us-east-1"
ACCOUNT = "123456789012"
CREDENTIAL = "local"

# What leads a client to somebody's real account, or to a profile that may not exist.
FOREIGN_SETTINGS = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
)


@dataclass(frozen=True)
class LocalContext:
    """The running local AWS, as its engines see it.

    Attributes:
        endpoint: The one URL of the API, `http://127.0.0.1:PORT`.
        region: The region of every resource.
        account: The account of every resource.
        state_dir: Where engines may keep files; gone or overwritten with the next start.
        processes: Starts child processes that never outlive the local AWS.
        faults: What goes wrong on purpose.

    """

    endpoint: str
    region: str
    account: str
    state_dir: Path
    processes: Processes
    faults: FaultPlan = field(default_factory=FaultPlan)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _creating: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, which any thread may use."""
        with self._creating:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    endpoint_url=self.endpoint,
                    region_name=self.region,
                    aws_access_key_id=CREDENTIAL,
                    aws_secret_access_key=CREDENTIAL,
                )
            return self._clients[service]

    def aws_environment(self) -> dict[str, str]:
        """Return the variables that lead any AWS client of a child process to the local AWS, and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
            "AWS_S3_FORCE_PATH_STYLE": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def child_environment(self) -> dict[str, str]:
        """Return the environment of this process, the AWS settings of its user replaced by the local ones."""
        own = {name: value for name, value in os.environ.items() if name not in FOREIGN_SETTINGS}
        return own | self.aws_environment()
