/**
 * The date of a run, read off its input as the state machine does.
 *
 * @returns undefined where the input makes no run.
 */
export function dateOf(input: string | undefined): string | undefined {
  const { date, scheduledTime } = fieldsOf(input);
  if (typeof date === "string" && /^\d{4}-\d\d-\d\d$/.test(date)) return date;
  const scheduled = date === undefined && typeof scheduledTime === "string" ? Date.parse(scheduledTime) : Number.NaN;
  return Number.isNaN(scheduled) ? undefined : new Date(scheduled - 86_400_000).toISOString().slice(0, 10);
}

/** The run that an execution goes on with, read off its input; undefined where it is a run of its own. */
export function redrivenRun(input: string | undefined): string | undefined {
  const { redrives } = fieldsOf(input);
  return typeof redrives === "string" ? redrives : undefined;
}

/** Who started a run, read off its input; undefined where it does not say. */
export function triggerOf(input: string | undefined): string | undefined {
  const { trigger } = fieldsOf(input);
  return typeof trigger === "string" ? trigger : undefined;
}

function fieldsOf(input: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(input ?? "{}"));
  } catch {
    return {};
  }
}
