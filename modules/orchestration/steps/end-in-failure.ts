import { jsonata, literal } from "../asl";
import { ignoreFailure, type RunContext, type RunStates } from "../run-context";
import { QUALITY_ERROR } from "./data-quality-checks";
import { freeLock } from "./locks";
import { ledgerUpdate } from "./run-record";
import { summarize } from "./summarize";

/**
 * The one failure path. Whatever fails on it, the rest of it is done, the lock above all, and the run ends with the error that
 * brought it here.
 */
export function endInFailure(context: RunContext): RunStates {
  const { tasks, parts } = context;
  type Next = "SendFailureNotification" | "RecordUntold" | "ReleaseLockAfterFailure";
  const publish = (topicArn: string, next: Next, afterFailure: Next) =>
    tasks.call(
      "publish",
      { TopicArn: topicArn, Subject: jsonata("$notice.subject"), Message: jsonata("$notice.message") },
      { catches: ignoreFailure(afterFailure), next },
    );
  return {
    RecordFailure: tasks.call(
      "updateItem",
      ledgerUpdate(context, {
        state: "FAILED",
        ended_at: jsonata("$states.context.State.EnteredTime"),
        failed_step: jsonata("$failure.step"),
        error: jsonata("$failure.error"),
        cause: jsonata("$substring($failure.cause, 0, 4000)"),
        log: jsonata(logCommand(context)),
      }),
      {
        // What people are told should summarize-run be what is broken.
        assign: { notice: plainNotice(context) },
        catches: [
          {
            ErrorEquals: ["States.ALL"],
            Assign: { notice: plainNotice(context) },
            Output: {},
            Next: "SummarizeFailure",
          },
        ],
        next: "SummarizeFailure",
      },
    ),
    SummarizeFailure: summarize(context, "FAILED", {
      assign: {
        notice: {
          subject: jsonata("$states.result.Payload.subject"),
          message: jsonata("$states.result.Payload.message"),
        },
      },
      catches: ignoreFailure("NeedsQualityAlert"),
      next: "NeedsQualityAlert",
    }),
    NeedsQualityAlert: {
      Type: "Choice",
      Choices: [{ Condition: jsonata(`$failure.error = ${literal(QUALITY_ERROR)}`), Next: "SendQualityAlert" }],
      Default: "SendFailureNotification",
    },
    SendQualityAlert: publish(parts.topics.qualityAlerts.arn, "SendFailureNotification", "SendFailureNotification"),
    SendFailureNotification: publish(parts.topics.notifications.arn, "ReleaseLockAfterFailure", "RecordUntold"),
    // close-run tells them then, more patiently, or says in the end by a dead letter that it cannot.
    RecordUntold: tasks.call(
      "updateItem",
      ledgerUpdate(context, { untold_at: jsonata("$states.context.State.EnteredTime") }),
      { catches: ignoreFailure("ReleaseLockAfterFailure"), next: "ReleaseLockAfterFailure" },
    ),
    ReleaseLockAfterFailure: tasks.call("updateItem", freeLock(context, "date"), {
      catches: ignoreFailure("Failed"),
      next: "Failed",
    }),
    Failed: { Type: "Fail", Error: jsonata("$failure.error"), Cause: jsonata("$failure.cause") },
  };
}

/** What somebody types to read what the step that failed has said. */
function logCommand({ parts }: RunContext): string {
  return `'npm run pipeline -- logs ' & $run & ' ' & $failure.step & ${literal(` --env ${parts.environment}`)}`;
}

function plainNotice(context: RunContext) {
  const env = context.parts.environment;
  return {
    subject: jsonata(`${literal(`[commerce-lake ${env}] `)} & $date & ' FAILED: failed at ' & $failure.step`),
    message: jsonata(
      `'Run ' & $run & ' failed at ' & $failure.step & ' with ' & $failure.error & ': ' & $substring($failure.cause, 0, 4000)
        & '. Its log: ' & ${logCommand(context)}`,
    ),
  };
}
