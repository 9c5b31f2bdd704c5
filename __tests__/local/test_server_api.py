"""What Terraform asks for again, and moto by itself has forgotten or does not know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws
from .lambda_harness import deploy


def test_a_bucket_remembers_where_its_events_go(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="has-events")
    queue = aws.client("sqs").create_queue(QueueName="has-events")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:has-events"
    queues = [{"Id": "q", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    for configuration in ({"EventBridgeConfiguration": {}}, {"QueueConfigurations": queues}):
        s3.put_bucket_notification_configuration(Bucket="has-events", NotificationConfiguration=configuration)
        answer = s3.get_bucket_notification_configuration(Bucket="has-events")
        assert {name: answer[name] for name in answer if name != "ResponseMetadata"} == configuration
    assert queue


def test_a_key_remembers_how_often_it_is_rotated(aws: LocalAws) -> None:
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)


@pytest.mark.parametrize("given", ["STANDARD", "INFREQUENT_ACCESS", None])
def test_a_log_group_remembers_its_class(aws: LocalAws, given: str | None) -> None:
    logs = aws.client("logs")
    name = f"of-class-{given}"
    logs.create_log_group(logGroupName=name, **({"logGroupClass": given} if given else {}))
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["logGroupClass"] == (given or "STANDARD")


def test_a_queue_remembers_its_policies(aws: LocalAws) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:123456789012:q"]})
    statement = {"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": allow})
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (kept["Policy"], kept["RedriveAllowPolicy"]) == (policy, allow)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])["Attributes"] == {
        "RedriveAllowPolicy": allow
    }
    redrive = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead-letters","maxReceiveCount":3}'
    other = sqs.create_queue(QueueName="redriven", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    kept = sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["All"])["Attributes"]
    # To the letter: Terraform takes other white space for a change.
    assert kept["RedrivePolicy"] == redrive
    assert "RedriveAllowPolicy" not in kept


def test_a_function_remembers_its_configuration(aws: LocalAws) -> None:
    client = aws.client("lambda")
    queue = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead-letters"}
    name = deploy(aws, "", DeadLetterConfig=queue, LoggingConfig={"LogFormat": "Text", "LogGroup": "shared"})
    created = client.get_function_configuration(FunctionName=name)
    assert created["DeadLetterConfig"] == queue
    assert created["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "shared"}
    client.update_function_configuration(
        FunctionName=name,
        DeadLetterConfig={"TargetArn": ""},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 1024},
        KMSKeyArn="arn:aws:kms:us-east-1:123456789012:key/k",
    )
    updated = client.get_function_configuration(FunctionName=name)
    assert "DeadLetterConfig" not in updated
    assert updated["TracingConfig"] == {"Mode": "Active"}
    assert updated["EphemeralStorage"] == {"Size": 1024}
    assert updated["KMSKeyArn"].endswith("key/k")
    assert updated["LoggingConfig"]["LogGroup"] == "shared"
    plain = client.get_function_configuration(FunctionName=deploy(aws, ""))
    assert plain["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{plain['FunctionName']}"}


def test_the_last_event_configuration_of_a_function_counts(aws: LocalAws) -> None:
    client = aws.client("lambda")
    name = deploy(aws, "")
    for retries in (2, 0):
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=retries)
        assert client.get_function_event_invoke_config(FunctionName=name)["MaximumRetryAttempts"] == retries


def test_a_workgroup_needs_no_tags(aws: LocalAws) -> None:
    athena = aws.client("athena")
    athena.create_work_group(Name="untagged")
    arn = "arn:aws:athena:us-east-1:123456789012:workgroup/untagged"
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_named_query_can_be_deleted(aws: LocalAws) -> None:
    athena = aws.client("athena")
    query = athena.create_named_query(Name="q", Database="d", QueryString="select 1")["NamedQueryId"]
    athena.delete_named_query(NamedQueryId=query)
    assert query not in athena.list_named_queries()["NamedQueryIds"]


def test_a_budget_tells_its_subscribers_and_tags(aws: LocalAws) -> None:
    budgets = aws.client("budgets")
    account = "123456789012"
    notification = {"NotificationType": "FORECASTED", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    subscribers = [{"SubscriptionType": "EMAIL", "Address": "someone@example.com"}]
    budgets.create_budget(
        AccountId=account,
        Budget={
            "BudgetName": "monthly",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": subscribers}],
        ResourceTags=[{"Key": "a", "Value": "b"}],
    )
    asked: dict[str, Any] = {"AccountId": account, "BudgetName": "monthly"}
    told = budgets.describe_subscribers_for_notification(**asked, Notification=notification)["Subscribers"]
    assert told == subscribers
    other = notification | {"Threshold": 90.0}
    assert budgets.describe_subscribers_for_notification(**asked, Notification=other)["Subscribers"] == []
    arn = f"arn:aws:budgets::{account}:budget/monthly"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "c", "Value": "d"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "c", "Value": "d"}]
    with pytest.raises(ClientError, match="NotFoundException"):
        budgets.list_tags_for_resource(ResourceARN=f"{arn}-not")


def test_a_composite_alarm_is_kept_beside_the_others(aws: LocalAws) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="of-one",
        Namespace="N",
        MetricName="M",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Threshold=0,
        Statistic="Sum",
    )
    told = {
        "AlarmName": "of-all",
        "AlarmDescription": "any of them",
        "AlarmRule": 'ALARM("of-one") OR ALARM("of-two")',
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
        "OKActions": ["arn:aws:sns:us-east-1:123456789012:t"],
        "ActionsEnabled": True,
    }
    cloudwatch.put_composite_alarm(**told, Tags=[{"Key": "a", "Value": "b"}])
    answer = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"], AlarmNames=["of-all"])
    (kept,) = answer["CompositeAlarms"]
    assert {name: kept[name] for name in told} == told
    assert answer["MetricAlarms"] == []
    assert cloudwatch.list_tags_for_resource(ResourceARN=kept["AlarmArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    assert [one["AlarmName"] for one in cloudwatch.describe_alarms(AlarmNames=["of-one"])["MetricAlarms"]] == ["of-one"]
    cloudwatch.delete_alarms(AlarmNames=["of-all", "of-one"])
    assert cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"] == []
    assert cloudwatch.describe_alarms(AlarmNames=["of-one"])["MetricAlarms"] == []


def test_a_saved_query_is_kept(aws: LocalAws) -> None:
    logs = aws.client("logs")
    made = logs.put_query_definition(name="lake/errors", queryString="fields @message", logGroupNames=["g"])
    identifier = made["queryDefinitionId"]
    logs.put_query_definition(name="lake/errors", queryString="fields level", queryDefinitionId=identifier)
    (kept,) = logs.describe_query_definitions(queryDefinitionNamePrefix="lake/")["queryDefinitions"]
    assert kept == {
        "queryDefinitionId": identifier,
        "name": "lake/errors",
        "queryString": "fields level",
        "logGroupNames": [],
    }
    assert logs.describe_query_definitions(queryDefinitionNamePrefix="other")["queryDefinitions"] == []
    assert logs.delete_query_definition(queryDefinitionId=identifier)["success"]
    assert logs.describe_query_definitions()["queryDefinitions"] == []


def test_what_watches_costs_is_kept(aws: LocalAws) -> None:
    costs = aws.client("ce")
    about = {
        "MonitorName": "m",
        "MonitorType": "CUSTOM",
        "MonitorSpecification": {"Tags": {"Key": "a", "Values": ["b"]}},
    }
    tags = [{"Key": "c", "Value": "d"}]
    monitor = costs.create_anomaly_monitor(AnomalyMonitor=about, ResourceTags=tags)["MonitorArn"]
    (kept,) = costs.get_anomaly_monitors(MonitorArnList=[monitor])["AnomalyMonitors"]
    assert kept == about | {"MonitorArn": monitor}
    assert costs.list_tags_for_resource(ResourceArn=monitor)["ResourceTags"] == tags
    costs.update_anomaly_monitor(MonitorArn=monitor, MonitorName="n")
    assert costs.get_anomaly_monitors()["AnomalyMonitors"][0]["MonitorName"] == "n"
    subscription = costs.create_anomaly_subscription(
        AnomalySubscription={
            "SubscriptionName": "s",
            "Frequency": "IMMEDIATE",
            "MonitorArnList": [monitor],
            "Subscribers": [{"Type": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:t"}],
        }
    )["SubscriptionArn"]
    (kept,) = costs.get_anomaly_subscriptions(SubscriptionArnList=[subscription])["AnomalySubscriptions"]
    assert (kept["SubscriptionName"], kept["Frequency"], kept["MonitorArnList"]) == ("s", "IMMEDIATE", [monitor])
    costs.update_anomaly_subscription(SubscriptionArn=subscription, Frequency="DAILY")
    assert costs.get_anomaly_subscriptions()["AnomalySubscriptions"][0]["Frequency"] == "DAILY"
    costs.delete_anomaly_subscription(SubscriptionArn=subscription)
    costs.delete_anomaly_monitor(MonitorArn=monitor)
    with pytest.raises(ClientError, match="UnknownMonitorException"):
        costs.get_anomaly_monitors(MonitorArnList=[monitor])
    with pytest.raises(ClientError, match="UnknownSubscriptionException"):
        costs.get_anomaly_subscriptions(SubscriptionArnList=[subscription])


def test_tags_become_cost_allocation_tags_and_nothing_costs_anything(aws: LocalAws) -> None:
    costs = aws.client("ce")
    wanted = [{"TagKey": "Project", "Status": "Active"}]
    assert costs.update_cost_allocation_tags_status(CostAllocationTagsStatus=wanted)["Errors"] == []
    (tag,) = costs.list_cost_allocation_tags(TagKeys=["Project"])["CostAllocationTags"]
    assert (tag["TagKey"], tag["Status"]) == ("Project", "Active")
    assert costs.list_cost_allocation_tags(TagKeys=["Team"])["CostAllocationTags"] == []
    month = {"Start": "2025-01-15", "End": "2025-02-01"}
    assert costs.get_cost_forecast(TimePeriod=month, Metric="UNBLENDED_COST", Granularity="MONTHLY")["Total"] == {
        "Amount": "0",
        "Unit": "USD",
    }


def test_what_a_queue_holds_is_counted(aws: LocalAws) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="counted", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    for delay in (0, 0, 0, 600):
        sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=delay)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    kinds = ("", "Delayed", "NotVisible")
    assert [counts[f"ApproximateNumberOfMessages{kind}"] for kind in kinds] == ["2", "1", "1"]
