import type { HistoryEvent } from "@aws-sdk/client-sfn";

/** A run of a Glue job that an execution started. */
export interface StartedJob {
  readonly job: string;
  readonly id: string;
}

/** The job runs that an execution started, by its history: each attempt is one. */
export function startedJobs(history: readonly HistoryEvent[]): StartedJob[] {
  const byId = new Map(history.map((event) => [event.id, event]));
  return history.flatMap((event) => {
    const { resourceType, output } = event.taskSubmittedEventDetails ?? {};
    if (resourceType !== "glue") return [];
    const id = textIn(output, "JobRunId");
    const job = textIn(output, "JobName") ?? jobAskedFor(event, byId);
    return id === undefined || job === undefined ? [] : [{ job, id }];
  });
}

/** The job that a task asked for, found where it was scheduled. */
function jobAskedFor(event: HistoryEvent, byId: ReadonlyMap<number | undefined, HistoryEvent>): string | undefined {
  for (let before = byId.get(event.previousEventId); before !== undefined; before = byId.get(before.previousEventId)) {
    const { parameters } = before.taskScheduledEventDetails ?? {};
    if (parameters !== undefined) return textIn(parameters, "JobName");
  }
  return undefined;
}

function textIn(json: string | undefined, field: string): string | undefined {
  const value: unknown = Object(JSON.parse(json ?? "{}"))[field];
  return typeof value === "string" ? value : undefined;
}
