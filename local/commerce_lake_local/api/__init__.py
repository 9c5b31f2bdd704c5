"""What moto's API forgets or does not know, mended from outside so that Terraform's second plan finds no change.

Each file is about one service, and each mend says what moto does without it.
"""

from __future__ import annotations

from . import athena, budgets, cloudwatch, cost_explorer, dynamodb, ec2, functions, glue, kms, logs, s3, s3_content, sqs


def install() -> None:
    """Mend every service."""
    for service in (
        athena,
        budgets,
        cloudwatch,
        cost_explorer,
        dynamodb,
        ec2,
        functions,
        glue,
        kms,
        logs,
        s3,
        s3_content,
        sqs,
    ):
        service.mend()
