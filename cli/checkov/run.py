"""checkov's command line, whose checks of IAM read policies that are JSON texts too, not only HCL's objects."""

import json
import sys
from typing import Any

from checkov.main import Checkov
from checkov.terraform.checks.resource.base_cloudsplaining_resource_iam_check import (
    BaseTerraformCloudsplainingResourceIAMCheck,
)
from cloudsplaining.scan.policy_document import PolicyDocument


def _policy_of(_: object, conf: dict[str, Any]) -> PolicyDocument:
    policy = conf["policy"][0]
    return PolicyDocument(json.loads(policy) if isinstance(policy, str) else policy)


if __name__ == "__main__":
    BaseTerraformCloudsplainingResourceIAMCheck.convert_to_iam_policy = _policy_of
    sys.exit(Checkov(sys.argv[1:]).run())
