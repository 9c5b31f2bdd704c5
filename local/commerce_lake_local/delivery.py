"""Hands messages to the resource that an ARN names, as AWS does for its events and destinations."""

from __future__ import annotations

import json

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.exceptions import LambdaClientError
from moto.s3 import notifications
from moto.sqs.exceptions import SQSException
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from .context import LocalContext


class UndeliverableError(Exception):
    """The message cannot reach its target."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def deliver(
    context: LocalContext,
    arn: str,
    body: str,
    *,
    group_id: str | None = None,
    attributes: dict[str, str] | None = None,
) -> None:
    """Deliver one message: to queues and functions directly, for there may be thousands, to others through the API.

    Args:
        context: The local AWS.
        arn: Of a queue, topic, function or state machine.
        body: The message; JSON for a function or a state machine.
        group_id: Of a message for a FIFO queue.
        attributes: Of the message, for a queue or topic.

    Raises:
        UndeliverableError: There is no such resource, no way to it, or it refused the message.
    """
    target = parse_arn(arn)
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
    try:
        match target.service:
            case "sqs":
                queues = sqs_backends[target.account][target.region]
                queues.send_message(target.resource_id, body, message_attributes=typed, group_id=group_id)
            case "sns":
                context.client("sns").publish(TopicArn=arn, Message=body, MessageAttributes=typed)
            case "lambda" if ":" not in arn.partition(":function:")[2]:
                notifications._invoke_awslambda(target.account, json.loads(body), arn, target.region)
            case "lambda":  # of a version or an alias
                context.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=body)
            case "states":
                context.client("stepfunctions").start_execution(stateMachineArn=arn, input=body)
            case service:
                raise UndeliverableError("NOT_SUPPORTED", f"the local AWS delivers nothing to {service}: {arn}")
    except (SQSException, LambdaClientError) as error:
        code = error.error_type if isinstance(error, LambdaClientError) else str(error.code)
        raise UndeliverableError(code, f"{arn} refused the message: {error}") from error
    except ClientError as error:
        raise UndeliverableError(error.response["Error"]["Code"], f"{arn} refused the message: {error}") from error
    except BotoCoreError as error:
        raise UndeliverableError("SDK_CLIENT_ERROR", f"{arn} cannot be reached: {error}") from error
