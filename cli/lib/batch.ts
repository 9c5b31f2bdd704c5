import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  InvalidArn,
  ListStateMachinesCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { DATASETS, type Dataset } from "../../contracts";
import { type RowCounts, readJobReport } from "../../functions/lib/job-report";
import { LakeObjects } from "../../functions/lib/lake-objects";
import { runKey } from "../../functions/lib/lake-paths";
import { countFiles, type FileCounts, type Manifest } from "../../functions/lib/manifest";
import { dateOf, redrivenRun } from "../../functions/lib/run-date";
import { RunLedger } from "../../functions/lib/run-ledger";
import { type StepView, stepsOf } from "../../functions/lib/steps";
import { SetupError, UsageError } from "./errors";
import { interrupt } from "./interrupt";
import type { Lake } from "./lake";

/** A batch that was started. */
export interface Execution {
  readonly arn: string;
  /** Name of the execution: the run. */
  readonly run: string;
  readonly date: string;
}

/** How a run stands. Step Functions takes one that ended without some of its datasets, `PARTIAL`, for succeeded. */
export type RunState = ExecutionStatus | "PARTIAL";

/**
 * @param status of the execution
 * @param output of the execution, where it has one
 */
export function runState(status: ExecutionStatus, output: string | undefined): RunState {
  if (status !== "SUCCEEDED" || output === undefined) return status;
  return Object(JSON.parse(output)).status === "PARTIAL" ? "PARTIAL" : status;
}

/** How a batch stands. */
export interface BatchProgress {
  readonly status: RunState;
  readonly steps: readonly StepView[];
  /** What validation found, once it is over. */
  readonly files?: Readonly<Record<Dataset, FileCounts>>;
  /** What the jobs that are done reported. */
  readonly rows: Readonly<Partial<Record<Dataset, RowCounts>>>;
  /** Why it failed, where it did. */
  readonly failure?: { readonly error: string; readonly cause: string };
}

/** How often a batch is looked at, in milliseconds. */
const POLL_MS = 1_000;

/** Letters of the random end of a run's name. */
const SUFFIX_BYTES = 4;

/**
 * @returns the ARN of the state machine that runs the batch
 * @throws SetupError where the environment has none
 */
export async function stateMachineArn({ stepFunctions, names, environment }: Lake): Promise<string> {
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(new ListStateMachinesCommand({ nextToken }));
    const found = page.stateMachines?.find(({ name }) => name === names.stateMachine);
    if (found?.stateMachineArn) return found.stateMachineArn;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  throw new SetupError(
    `There is no state machine ${names.stateMachine} in ${environment.region}: ${environment.name} has not been applied there.`,
  );
}

/** @returns the ARN of a run of a state machine */
export function executionArn(stateMachine: string, run: string): string {
  return `${stateMachine.replace(":stateMachine:", ":execution:")}:${run}`;
}

/**
 * Finds a run by its name, or by that of an execution that went on with it.
 *
 * @returns its newest execution
 * @throws UsageError where there is none
 */
export async function findRun(lake: Lake, run: string): Promise<Execution> {
  const machine = await stateMachineArn(lake);
  const arn = executionArn(machine, run);
  try {
    const { input = "{}" } = await lake.stepFunctions.send(new DescribeExecutionCommand({ executionArn: arn }));
    const date = dateOf(input) ?? "";
    const name = redrivenRun(input) ?? run;
    const entry = date === "" ? undefined : await new RunLedger(lake.names.runLedger, lake.dynamo).get(date, name);
    const newest = typeof entry?.execution === "string" ? executionArn(machine, entry.execution) : arn;
    return { arn: newest, run: name, date };
  } catch (error) {
    // A name that no run can have is refused by its form.
    if (!(error instanceof ExecutionDoesNotExist || error instanceof InvalidArn)) throw error;
    throw new UsageError(
      `There is no run ${JSON.stringify(run)} in ${lake.environment.name}.\n  try   npm run pipeline -- status --env ${lake.environment.name}`,
    );
  }
}

/** @returns a name for a run of a date that nobody has used yet */
export function newRunName(date: string): string {
  return `${date}-cli-${randomBytes(SUFFIX_BYTES).toString("hex")}`;
}

/** What a run may be asked for. */
export interface BatchRequest {
  /** @default all */
  readonly datasets?: readonly Dataset[] | undefined;
  /** Data quality warnings that count as errors; `*` for all. @default none */
  readonly promote?: readonly string[] | undefined;
}

/**
 * Starts the batch of a date.
 *
 * @param run name of the execution
 */
export async function startBatch(
  lake: Lake,
  date: string,
  { datasets, promote }: BatchRequest = {},
  run = newRunName(date),
): Promise<Execution> {
  const { executionArn = "" } = await lake.stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: await stateMachineArn(lake),
      name: run,
      // What is undefined is left out.
      input: JSON.stringify({ date, trigger: "cli", datasets, promote }),
    }),
  );
  return { arn: executionArn, run, date };
}

/** Longest name of an execution. */
const MAX_NAME = 80;

/**
 * Starts an execution that goes on with a run that came to no good end.
 *
 * @param run its name
 * @param date its date
 */
export async function redriveBatch(lake: Lake, { run, date }: Pick<Execution, "run" | "date">): Promise<Execution> {
  const end = `-redrive-${randomBytes(3).toString("hex")}`;
  const { executionArn = "" } = await lake.stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: await stateMachineArn(lake),
      name: `${run.slice(0, MAX_NAME - end.length)}${end}`,
      input: JSON.stringify({ date, trigger: "cli", redrives: run }),
    }),
  );
  return { arn: executionArn, run, date };
}

/** All that happened in a run so far; inputs and outputs of its tasks only where `data` is wanted. */
export async function historyOf(
  { stepFunctions }: Lake,
  executionArn: string,
  { data = false } = {},
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, includeExecutionData: data, nextToken }),
      { abortSignal: interrupt },
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** Looks at a batch again and again; what has been read once is not read twice. */
class Watcher {
  private readonly objects: LakeObjects;
  private readonly rows: Partial<Record<Dataset, RowCounts>> = {};
  private files: Readonly<Record<Dataset, FileCounts>> | undefined;

  constructor(
    private readonly lake: Lake,
    private readonly execution: Execution,
  ) {
    this.objects = new LakeObjects(lake.names.bucket, lake.s3);
  }

  async look(): Promise<BatchProgress> {
    // The status first: a history that is read after it is at least as new.
    const description = await this.lake.stepFunctions.send(
      new DescribeExecutionCommand({ executionArn: this.execution.arn }),
      { abortSignal: interrupt },
    );
    const { status = "RUNNING", output, error, cause } = description;
    const steps = stepsOf(await historyOf(this.lake, this.execution.arn));
    await this.readReports(steps);
    return {
      status: runState(status, output),
      steps,
      rows: { ...this.rows },
      ...(this.files ? { files: this.files } : {}),
      ...(error === undefined ? {} : { failure: { error, cause: cause ?? "" } }),
    };
  }

  private async readReports(steps: readonly StepView[]): Promise<void> {
    const begun = (name: StepView["step"]) =>
      steps.some(({ step, startedAt }) => step === name && startedAt !== undefined);
    if (this.files === undefined && begun("ValidateFiles")) {
      const manifest = await this.objects.readJson(runKey(this.execution, "manifest.json"));
      // Written by the function build-manifest, whose type it is.
      if (manifest !== undefined) this.files = countFiles(manifest as Manifest);
    }
    if (!begun("EtlJobs")) return;
    for (const dataset of DATASETS.filter((name) => this.rows[name] === undefined)) {
      const report = await readJobReport(this.objects, this.execution, dataset);
      if (report !== undefined) this.rows[dataset] = report.rows;
    }
  }
}

/**
 * Follows a batch to its end.
 *
 * @param onProgress called at every look, the last one included
 * @returns how it ended
 */
export async function followBatch(
  lake: Lake,
  execution: Execution,
  onProgress: (progress: BatchProgress) => void,
): Promise<BatchProgress> {
  const watcher = new Watcher(lake, execution);
  for (;;) {
    const progress = await watcher.look();
    onProgress(progress);
    if (progress.status !== "RUNNING") return progress;
    await sleep(POLL_MS, undefined, { signal: interrupt });
  }
}

/** @returns how a batch stands now */
export function lookAtBatch(lake: Lake, execution: Execution): Promise<BatchProgress> {
  return new Watcher(lake, execution).look();
}
