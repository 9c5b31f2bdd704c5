"""What every engine of the local AWS is given when it is installed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .processes import Processes

REGION = "us-east-1"
ACCOUNT = "123456789012"
CREDENTIAL = "local"

_FOREIGN_SETTINGS = (
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

    """

    endpoint: str
    region: str
    account: str
    state_dir: Path
    processes: Processes

    def aws_environment(self) -> dict[str, str]:
        """Return the variables that lead any AWS client of a child process to the local AWS, and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
            "AWS_S3_FORCE_PATH_STYLE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def child_environment(self) -> dict[str, str]:
        """Return the environment of this process, the AWS settings of its user replaced by the local ones."""
        own = {name: value for name, value in os.environ.items() if name not in _FOREIGN_SETTINGS}
        return own | self.aws_environment()
