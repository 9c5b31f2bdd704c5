import { DATASETS, type Dataset } from "../../contracts";
import { RUN_STEP_NAMES } from "../../modules/orchestration/run-steps";
import type { RunContext } from "../lib/event";
import type { RowCounts } from "../lib/job-report";
import type { ExcludedFile } from "../lib/manifest";

/** How a run ended. `PARTIAL`: well, but for datasets that failed. */
export type RunStatus = "SUCCEEDED" | "PARTIAL" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** Whether a run came to its end and published, be it without some of its datasets. */
export const isGood = (status: RunStatus): status is "SUCCEEDED" | "PARTIAL" =>
  status === "SUCCEEDED" || status === "PARTIAL";

/** What stopped a run. */
export interface RunFailure {
  readonly step: string;
  readonly error: string;
  /** What the error says, made fit to print. */
  readonly cause: string;
}

/** What stopped one dataset, while the run went on with the others. */
export interface DatasetFailure extends RunFailure {
  readonly dataset: Dataset;
}

/** Everything that is known of a run at its end. */
export interface RunFacts extends RunContext {
  readonly environment: string;
  readonly trigger: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
  readonly files: Readonly<Record<Dataset, FileSummary>>;
  /** Raw bytes that it read. */
  readonly bytes: number;
  readonly excluded: readonly (ExcludedFile & { readonly dataset: Dataset })[];
  readonly rows: Readonly<Record<Dataset, RowCounts>>;
  /** Records put into quarantine by rule. */
  readonly reasons: Readonly<Record<Dataset, Readonly<Record<string, number>>>>;
  /** Seconds that each job took. */
  readonly jobSeconds: Readonly<Record<string, number>>;
  readonly quality?: QualitySummary;
  readonly tables: readonly TableSummary[];
  /** Whether the merge has left its report, which it does once all is published. */
  readonly merged: boolean;
  readonly failure?: RunFailure;
  /** Datasets that failed alone: what they had brought before stands. */
  readonly failures: readonly DatasetFailure[];
}

/** What the data quality checks came to. */
export interface QualitySummary {
  readonly verdict: string;
  /** Key of the report. */
  readonly report: string;
  /** Where a browser opens it as a page. */
  readonly page: string;
  /** Ids of checks that did not pass, the gravest first. */
  readonly failed: readonly string[];
  /** What was found of the first few. */
  readonly worst: readonly string[];
}

export interface FileSummary {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
}

export interface TableSummary {
  readonly table: string;
  readonly rows: number;
  /** What refreshing it found and did beyond making sure of it: most days nothing. */
  readonly actions: readonly string[];
}

/** Longest subject that SNS takes. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_SUBJECT = 100;
/** Where operators read on. */
const RUNBOOK = "docs/operations.md";
/** Files and rules that a message names of each kind. */
const MOST_LISTED = 20;

/** Seconds that the run took. */
export function secondsOf({ processingTime, endedAt }: Pick<RunFacts, "processingTime" | "endedAt">): number {
  return Math.max(0, (Date.parse(endedAt) - Date.parse(processingTime)) / 1000);
}

/** In words, what a run did that did not succeed. */
const ENDED = { FAILED: "failed", TIMED_OUT: "ran out of time", ABORTED: "was stopped" } as const;

/** One line for a phone's screen: ASCII, as SNS wants it. */
export function subjectOf(facts: RunFacts): string {
  const rows = total(facts.rows, "out");
  const brought = `${plural(total(facts.files, "accepted"), "file")}, ${plural(rows, "row")}${facts.quality?.verdict === "warn" ? ", with warnings" : ""}`;
  const outcome =
    facts.status === "SUCCEEDED"
      ? brought
      : facts.status === "PARTIAL"
        ? `without ${facts.failures.map(({ dataset }) => dataset).join(", ")}; ${brought}`
        : `${ENDED[facts.status]} at ${facts.failure?.step ?? "an unknown step"}`;
  const subject = `[commerce-lake ${facts.environment}] ${facts.date} ${facts.status}: ${outcome}`;
  return subject.replace(/[^ -~]/g, "?").slice(0, MAX_SUBJECT);
}

/** The message: verdict, counts, what was left out and why, and what to do. */
export function messageOf(facts: RunFacts): string {
  return [
    `Commerce lake ${facts.environment}, batch date ${facts.date}: ${facts.status}`,
    `Run ${facts.run} (${facts.trigger}), started ${facts.processingTime}, took ${formatSeconds(secondsOf(facts))}.`,
    "",
    ...failureLines(facts),
    ...fileLines(facts),
    "",
    ...rowLines(facts),
    ...excludedLines(facts),
    ...qualityLines(facts),
    ...tableLines(facts),
    "",
    "What to do",
    ...nextSteps(facts).map((step) => `  ${step}`),
    "",
  ].join("\n");
}

function failureLines({ failure, failures, status, endedAt, merged }: RunFacts): string[] {
  const whole =
    failure === undefined
      ? []
      : [
          `It ${isGood(status) ? "failed" : ENDED[status]} at ${failure.step}, at ${endedAt}: ${failure.error}`,
          `  ${failure.cause}`,
          stateOfTables(failure.step, merged),
          "",
        ];
  return [
    ...whole,
    ...failures.flatMap(({ dataset, step, error, cause }) => [
      `${dataset} failed at ${step}: ${error}`,
      `  ${cause}`,
      "",
    ]),
  ];
}

function fileLines({ files, status }: RunFacts): string[] {
  const rows = DATASETS.map((dataset) => [
    dataset,
    files[dataset].accepted,
    files[dataset].duplicate,
    files[dataset].rejected,
  ]);
  const skipped = isGood(status) ? DATASETS.filter((dataset) => files[dataset].accepted === 0) : [];
  return [
    ...table([["Files", "accepted", "duplicate", "rejected"], ...rows]),
    ...(skipped.length === 0 ? [] : [`Skipped, for there was nothing to read: ${skipped.join(", ")}.`]),
  ];
}

function rowLines({ rows }: RunFacts): string[] {
  const lines = DATASETS.map((dataset) => {
    const { in: read, out, quarantined, duplicates } = rows[dataset];
    return [dataset, read, out, quarantined, duplicates];
  });
  return table([["Records", "in", "out", "quarantined", "duplicates"], ...lines]);
}

function excludedLines({ excluded, reasons }: RunFacts): string[] {
  const files = excluded.map(({ key, state, reason }) => `${state}: ${key}: ${reason}`);
  const rules = DATASETS.flatMap((dataset) =>
    Object.entries(reasons[dataset]).map(([rule, count]) => `${dataset}: ${rule}: ${count}`),
  );
  return [...section("Files left out", files), ...section("Quarantined by rule", rules)];
}

function tableLines({ tables }: RunFacts): string[] {
  const busy = tables.filter(({ actions }) => actions.length > 0);
  return section(
    "Upkeep of tables",
    busy.map(({ table, actions }) => `${table}: ${actions.join(", ")}`),
  );
}

function qualityLines({ quality, environment, date }: RunFacts): string[] {
  if (quality === undefined) return [];
  const others = quality.failed.slice(quality.worst.length);
  const all = `npm run pipeline -- quality --env ${environment} --date ${date}`;
  return [
    "",
    `Data quality: ${quality.verdict} (${quality.report})`,
    ...[...quality.worst, ...others].map((line) => `  ${line}`),
    ...(quality.failed.length === 0 ? [] : [`  All of it: ${all}`, `  The same as a page: ${quality.page}`]),
  ];
}

/** What people do after this outcome. */
function nextSteps(facts: RunFacts): string[] {
  const { status, quality, environment, date, excluded, files } = facts;
  const rerun = `npm run pipeline -- run --env ${environment} --date ${date}`;
  if (!isGood(status)) return afterFailure(facts, rerun);
  const steps: string[] = [];
  if (status === "PARTIAL") {
    const failed = facts.failures.map(({ dataset }) => dataset).join(",");
    steps.push(
      `Mend what failed, then: ${rerun} --datasets ${failed}`,
      `The other datasets are published. What ${failed} brought before stands as it was.`,
    );
  }
  if (excluded.some((file) => file.state === "rejected")) {
    steps.push(
      `See what is wrong with the rejected files: npm run pipeline -- ledger --env ${environment} --date ${date}`,
    );
    steps.push(`Ask the senders for them, upload them under the same date, then: ${rerun}`);
  }
  if (quality?.verdict === "warn") {
    steps.push(`Look at the warnings: npm run pipeline -- quality --env ${environment} --date ${date}`);
  }
  if (excluded.length === 0 && total(files, "accepted") === 0) {
    steps.push(`No file came for the date: the tables stand as they were. When files come, then: ${rerun}`);
  }
  return steps.length === 0 ? ["Nothing."] : steps;
}

/** What somebody types to read what the step that failed has said. */
export function logCommand({ environment, run, failure }: RunFacts): string {
  // Where nobody knows the step, the run's whole log is what there is to read.
  const step = RUN_STEP_NAMES.find((known) => known === failure?.step);
  return ["npm run pipeline -- logs", run, step, `--env ${environment}`].filter(Boolean).join(" ");
}

/** The command to type next, and the section of the runbook that goes on from there. */
function afterFailure(facts: RunFacts, rerun: string): string[] {
  const { status, quality, environment, date, run } = facts;
  const goOn = `npm run pipeline -- redrive ${run} --env ${environment}`;
  if (status === "ABORTED") return [`To run it again: ${rerun}`, `To go on with it: ${goOn}`];
  const [look, section] =
    quality?.verdict === "fail"
      ? [`See what failed: npm run pipeline -- quality --env ${environment} --date ${date}`, "run-rejected"]
      : [`See where it failed: npm run pipeline -- status ${run} --env ${environment}`, "run-failed"];
  return [
    look,
    ...(quality?.verdict === "fail" ? [] : [`Its log: ${logCommand(facts)}`]),
    `Usual causes, and what to do about them: ${RUNBOOK}#${section}`,
    `Once the cause is mended: ${rerun}`,
    ...(quality?.verdict === "fail" ? [] : [`Or, with the same files, from where it was: ${goOn}`]),
  ];
}

/** What readers of the tables see after a failure at a step. */
function stateOfTables(step: string | undefined, merged: boolean): string {
  if (merged) return "The tables are published.";
  if (step === "MergeMasterData" || step === "RefreshAthenaTables")
    return "Some tables may be published already; running again publishes them all.";
  return "The tables stand as they were before this run.";
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > MOST_LISTED ? [`  and ${lines.length - MOST_LISTED} more: see the summary`] : [];
  return ["", title, ...lines.slice(0, MOST_LISTED).map((line) => `  ${line}`), ...more];
}

/** Rows of cells in columns: the first to the left, numbers to the right. */
function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? String(cell).padEnd(widths[column] ?? 0) : String(cell).padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

function total<Name extends string>(
  counts: Readonly<Record<Dataset, Readonly<Record<Name, number>>>>,
  name: Name,
): number {
  return DATASETS.reduce((sum, dataset) => sum + counts[dataset][name], 0);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
