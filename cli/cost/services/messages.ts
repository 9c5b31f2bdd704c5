import { HOURS_PER_MONTH, line, of } from "../bill";
import { textOf } from "../resources";
import { batchesOf } from "../runs";
import { enabled, scheduledRuns } from "../stack";
import type { Service } from "./service";

/** Pollers that Lambda keeps at a queue, and how often each asks in an hour: it waits 20 s for an answer. */
const POLLERS = 5;
const POLLS_PER_HOUR = 180;
/** Send, receive, delete. */
const REQUESTS_PER_MESSAGE = 3;

/** The state machine's transitions, and what travels between the parts. */
export const messages: Service = {
  types: [
    "aws_sfn_state_machine",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_event_bus_policy",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_scheduler_schedule",
    "aws_scheduler_schedule_group",
  ],
  lines: (stack, { profile, runs, filesPerMonth, puts }) => {
    const batches = batchesOf(profile.filesPerDay);
    const machines = stack.count("aws_sfn_state_machine");
    const topics = stack.count("aws_sns_topic");
    const emails = stack
      .ofType("aws_sns_topic_subscription")
      .filter(({ values }) => textOf(values, "protocol") === "email").length;
    const told = stack
      .ofType("aws_s3_bucket_notification")
      .some((one) => one.values.eventbridge === true || enabled(one, "eventbridge"));
    const sources = stack.count("aws_lambda_event_source_mapping");
    return [
      line(
        { service: "Step Functions", item: "State transitions", kind: "usage", price: "stepFunctions.transition" },
        of(machines === 0 ? 0 : 1, "state machine"),
        of(runs, "runs"),
        of(
          profile.transitionsPerRun + batches * profile.transitionsPerBatch,
          `transitions (${profile.transitionsPerRun} a run, ${profile.transitionsPerBatch} for each of its ${batches} batches of files)`,
        ),
      ),
      line(
        { service: "SQS", item: "Asking for messages", kind: "fixed", price: "sqs.request" },
        of(sources, "queues that Lambda asks"),
        of(POLLERS * POLLS_PER_HOUR, "requests an hour"),
        of(HOURS_PER_MONTH, "h"),
      ),
      line(
        { service: "SQS", item: "Messages", kind: "usage", price: "sqs.request" },
        of(stack.count("aws_sqs_queue") === 0 ? 0 : filesPerMonth, "messages, one a file"),
        of(REQUESTS_PER_MESSAGE, "requests"),
      ),
      line(
        { service: "SNS", item: "Messages", kind: "usage", price: "sns.publish" },
        of(topics === 0 ? 0 : runs * profile.messagesPerRun, "messages"),
      ),
      line(
        { service: "SNS", item: "E-mails", kind: "usage", price: "sns.email" },
        of(emails, "subscriptions"),
        of(topics === 0 ? 0 : (runs * profile.messagesPerRun) / topics, "messages each"),
      ),
      line(
        { service: "EventBridge", item: "Events of objects", kind: "usage", price: "eventBridge.event" },
        of(told ? puts : 0, "objects written"),
      ),
      line(
        { service: "EventBridge", item: "Scheduled runs", kind: "fixed", price: "eventBridge.scheduled" },
        of(scheduledRuns(stack), "calls"),
      ),
    ];
  },
};
