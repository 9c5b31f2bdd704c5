import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { DATASETS } from "../../contracts";
import { nearest } from "../../functions/lib/nearest";
import { startedJobs } from "../../functions/lib/started-jobs";
import type { FunctionName, Names } from "../../modules/lib/naming";
import { JOB_NAMES } from "../../modules/lib/naming";
import { RUN_STEP_NAMES, type RunStep } from "../../modules/orchestration/run-steps";
import { UsageError } from "./errors";

/** A place in CloudWatch Logs where a run wrote something. */
export interface LogSource {
  /** What wrote it: a function, job or crawler. */
  readonly of: string;
  readonly group: string;
  /** Its only stream; all streams, where the lines that name the run are meant. */
  readonly stream?: string;
}

/** Functions that work in a step; `close-run` comes after the last. */
const FUNCTIONS: Readonly<Partial<Record<RunStep, readonly FunctionName[]>>> = {
  ValidateFiles: ["validate-file", "build-manifest"],
  DataQualityChecks: ["data-quality"],
  RefreshAthenaTables: ["refresh-tables"],
  SendNotification: ["summarize-run", "close-run"],
};

/** Where Glue's crawlers write, each to a stream of its name. */
const CRAWLERS = "/aws-glue/crawlers";
const MERGE = "master_data_merge";

/**
 * Reads the name of a step as people write it: `EtlJobs`, `etl-jobs`, `etljobs`, or its number.
 *
 * @throws UsageError with the nearest that there is
 */
export function stepNamed(text: string): RunStep {
  const plain = (name: string) => name.replaceAll(/[^A-Za-z]/g, "").toLowerCase();
  const number = /^[1-7]$/.test(text) ? Number(text) : undefined;
  const found =
    number === undefined ? RUN_STEP_NAMES.find((step) => plain(step) === plain(text)) : RUN_STEP_NAMES[number];
  if (found !== undefined) return found;
  const meant = nearest(text, RUN_STEP_NAMES);
  throw new UsageError(
    `There is no step "${text}". The steps are ${RUN_STEP_NAMES.join(", ")}; 1 to 7 are the seven from ValidateFiles to SendNotification.${meant === undefined ? "" : `\n  did you mean   ${meant}`}`,
  );
}

/**
 * Says where a run's steps wrote their logs.
 *
 * @param history of its execution: it tells which runs of which jobs were its own
 * @param streams what jobs print (`output`), or what Spark and Python say of them besides (`error`)
 */
export function logSources(
  names: Names,
  history: readonly HistoryEvent[],
  steps: readonly RunStep[],
  streams: readonly ("output" | "error")[],
): LogSource[] {
  const jobs = startedJobs(history).flatMap(({ job, id }) => {
    const name = JOB_NAMES.find((known) => names.job(known) === job);
    const step: RunStep = name === MERGE ? "MergeMasterData" : "EtlJobs";
    if (name === undefined || !steps.includes(step)) return [];
    return streams.map((kind) => ({ of: job, group: `${names.logGroups.jobPrefix(name)}/${kind}`, stream: id }));
  });
  const functions = steps.flatMap((step) =>
    (FUNCTIONS[step] ?? []).map((name) => ({ of: name, group: names.logGroups.function(name) })),
  );
  const crawlers = steps.includes("RunCrawlers")
    ? DATASETS.map((dataset) => ({ of: names.crawler(dataset), group: CRAWLERS, stream: names.crawler(dataset) }))
    : [];
  return [...functions, ...crawlers, ...jobs];
}
