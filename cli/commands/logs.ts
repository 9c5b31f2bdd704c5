import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import { printable } from "../../functions/lib/printable";
import { RUN_STEP_NAMES } from "../../modules/orchestration/run-steps";
import { findRun, historyOf } from "../lib/batch";
import { EXIT } from "../lib/errors";
import { orInterrupted } from "../lib/interrupt";
import { clientConfig, findLake } from "../lib/lake";
import { type LogSource, logSources, stepNamed } from "../lib/log-sources";

export interface LogsOptions {
  readonly env: string;
  readonly run: string;
  /** As typed. @default all */
  readonly step?: string | undefined;
  /** Also what Spark and Python say of the jobs. */
  readonly stderr: boolean;
  /** Lines from the end. @default all */
  readonly tail?: number | undefined;
  readonly json: boolean;
}

/** A line of a log. */
export interface LogLine {
  readonly time: Date;
  readonly source: string;
  readonly message: string;
}

/** Milliseconds after a run's end in which what looks after it still writes. */
const AFTERWARDS_MS = 300_000;
const MAX_LINE = 4_000;

/** `pipeline logs`: what a run, or one of its steps, wrote to CloudWatch Logs, in the order of time. @returns the exit code */
export async function pipelineLogs({ env, run, step, stderr, tail, json }: LogsOptions): Promise<number> {
  const steps = step === undefined ? RUN_STEP_NAMES : [stepNamed(step)];
  const lake = await findLake(env);
  const execution = await findRun(lake, run);
  const { startDate = new Date(), stopDate } = await lake.stepFunctions.send(
    new DescribeExecutionCommand({ executionArn: execution.arn }),
  );
  const history = await historyOf(lake, execution.arn, { data: true });
  const sources = logSources(lake.names, history, steps, stderr ? ["output", "error"] : ["output"]);
  const client = new CloudWatchLogsClient(clientConfig(lake.environment, lake.local));
  const period = {
    startTime: startDate.getTime(),
    endTime: (stopDate === undefined ? Date.now() : stopDate.getTime()) + AFTERWARDS_MS,
  };
  const found = await orInterrupted(Promise.all(sources.map((source) => linesOf(client, source, run, period))));
  const lines = found.flat().sort((a, b) => a.time.getTime() - b.time.getTime());
  const shown = tail === undefined ? lines : lines.slice(-tail);
  if (json) {
    for (const { time, source, message } of shown) {
      console.log(JSON.stringify({ time: time.toISOString(), source, message: parsed(message) ?? message }));
    }
  } else if (shown.length === 0) {
    const where = sources.map(({ of }) => of).join(", ") || "nothing that writes a log";
    console.log(
      `  ${run} has written nothing${step === undefined ? "" : ` at ${steps.join()}`} (${where}), or it is forgotten by now.`,
    );
  } else {
    const width = Math.max(...shown.map(({ source }) => source.length));
    console.log(shown.map((line) => lineText(line, width)).join("\n"));
  }
  return EXIT.ok;
}

async function linesOf(
  client: CloudWatchLogsClient,
  { of, group, stream }: LogSource,
  run: string,
  period: { readonly startTime: number; readonly endTime: number },
): Promise<LogLine[]> {
  const which = stream === undefined ? { filterPattern: `"${run}"` } : { logStreamNames: [stream] };
  const lines: LogLine[] = [];
  try {
    const pages = paginateFilterLogEvents({ client }, { logGroupName: group, ...which, ...period });
    for await (const { events = [] } of pages) {
      lines.push(...events.map((event: FilteredLogEvent) => lineOf(of, event)));
    }
  } catch (error) {
    // Nothing has been written there, or nothing that is kept.
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  return lines;
}

const lineOf = (source: string, { timestamp = 0, message = "" }: FilteredLogEvent): LogLine => ({
  time: new Date(timestamp),
  source,
  message: message.trimEnd(),
});

/** Fields that every line of a run has, or that stand elsewhere in the line. */
const KNOWN = new Set(["time", "level", "message", "function", "job", "run", "date", "step"]);

/** @returns a line for people: time, who wrote it, and what, its fields after it */
export function lineText({ time, source, message }: LogLine, width: number): string {
  const head = `  ${time.toISOString().slice(11, 23)}  ${source.padEnd(width)}  `;
  const fields = parsed(message);
  if (fields === undefined) return head + printable(message, MAX_LINE);
  const { level = "", message: said = "" } = fields;
  const more = Object.entries(fields)
    .filter(([name]) => !KNOWN.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return head + printable([String(level).padEnd(7), said, ...more].join(" "), MAX_LINE);
}

function parsed(message: string): Readonly<Record<string, unknown>> | undefined {
  if (!message.startsWith("{")) return undefined;
  try {
    return Object(JSON.parse(message));
  } catch {
    return undefined;
  }
}
