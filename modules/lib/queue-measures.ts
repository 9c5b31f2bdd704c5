import type { Measures, Metric, Statistic } from "./measures";

/** What people do about a message that should not be there. */
export interface DeadLetterAdvice {
  /** What a message here means: a sentence or two. */
  readonly says: string;
  /** What to type next. */
  readonly command: string;
}

/** What to type to see a message of a queue, with what is said beside it. Without quotation marks: cdktf loses them where it writes HCL. */
export const readMessage = (queue: string): string =>
  `aws sqs receive-message --message-attribute-names All --queue-url $(aws sqs get-queue-url --queue-name ${queue} --query QueueUrl --output text)`;

export interface MeasuredQueue {
  /** What it holds. */
  readonly of: string;
  /** Physical name. */
  readonly name: string;
  /** Given, each message is one too many. */
  readonly advice: DeadLetterAdvice | undefined;
}

/**
 * By what a queue is watched: what SQS reports of each, once a minute.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export function queueMeasures({ of, name, advice }: MeasuredQueue): Measures {
  const metric = (metricName: string, statistic: Statistic): Metric => ({
    namespace: "AWS/SQS",
    name: metricName,
    dimensions: { QueueName: name },
    statistic,
    label: of,
  });
  const messages = metric("ApproximateNumberOfMessagesVisible", "Maximum");
  if (advice === undefined) {
    const age = metric("ApproximateAgeOfOldestMessage", "Maximum");
    return {
      charts: [
        { dashboard: "pipeline-health", title: "Queues: messages", series: [messages] },
        { dashboard: "pipeline-health", title: "Queues: age of the oldest message, s", series: [age] },
      ],
      alarms: [],
    };
  }
  return {
    charts: [{ dashboard: "pipeline-health", title: "Dead letters", series: [messages] }],
    alarms: [
      {
        of: `${of}-messages`,
        section: "dead-letters",
        severity: "page",
        concern: "delivery",
        says: advice.says,
        command: advice.command,
        series: messages,
        comparison: "above",
        threshold: 0,
        periodSeconds: 60,
        silence: "notBreaching",
      },
    ],
  };
}
