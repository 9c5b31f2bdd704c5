import { jsonata } from "../asl";
import { failsRun, type RunContext, type RunStates } from "../run-context";
import { summarize } from "./summarize";

/** Step 7. Sums the run up, in the ledger and in the lake, and tells who wants to know. */
export function sendNotification(context: RunContext): RunStates {
  const { tasks, parts } = context;
  return {
    SummarizeRun: summarize(context, "SUCCEEDED", {
      assign: {
        summary: {
          subject: jsonata("$states.result.Payload.subject"),
          message: jsonata("$states.result.Payload.message"),
          output: jsonata("$states.result.Payload.output"),
        },
      },
      catches: failsRun("SendNotification"),
      next: "SendNotification",
    }),
    SendNotification: tasks.call(
      "publish",
      {
        TopicArn: parts.topics.notifications.arn,
        Subject: jsonata("$summary.subject"),
        Message: jsonata("$summary.message"),
      },
      { catches: failsRun("SendNotification"), next: "ReleaseLock" },
    ),
  };
}
