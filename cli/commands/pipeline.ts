import { createReadStream, existsSync, statSync } from "node:fs";
import { paginateQuery } from "@aws-sdk/client-dynamodb";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { DATASETS, type Dataset } from "../../contracts";
import { fromAttributes, type Item, toAttributes } from "../../functions/lib/dynamo";
import { listed, printable } from "../../functions/lib/printable";
import { ruleText } from "../../functions/lib/rule-text";
import { validateStream } from "../../functions/lib/validate-stream";
import { type Execution, lookAtBatch, stateMachineArn } from "../lib/batch";
import { EXIT, UsageError } from "../lib/errors";
import { interrupt, orInterrupted } from "../lib/interrupt";
import { findLake, type Lake } from "../lib/lake";
import { shownPath } from "../lib/paths";
import { runBatch } from "../lib/run-batch";
import { stepLines } from "../lib/steps-display";
import { count, duration, right, table } from "../lib/table";
import { findFiles } from "../lib/upload";

/** Which environment's lake is meant. */
export interface LakeOptions {
  readonly env: string;
}

export interface PipelineRunOptions extends LakeOptions {
  readonly date: string;
  /** Folder of files to upload first. */
  readonly data?: string | undefined;
  readonly datasets?: readonly Dataset[] | undefined;
  readonly promote?: readonly string[] | undefined;
  readonly json: boolean;
  readonly summary?: string | undefined;
}

/** `pipeline run`: runs the batch of a date. @returns the exit code: 0 only where it succeeded */
export async function pipelineRun({ env, data, ...options }: PipelineRunOptions): Promise<number> {
  const files = data === undefined ? [] : findFiles(data);
  const lake = await findLake(env);
  try {
    return await orInterrupted(runBatch(lake, { ...options, files }));
  } finally {
    if (interrupt.aborted) {
      console.error(`\n  A run that was started goes on without this command: npm run pipeline -- status --env ${env}`);
    }
  }
}

/** Newest runs that `pipeline status` lists. */
const LISTED_RUNS = 20;

/** `pipeline status`: the newest runs, or the steps of one. */
export async function pipelineStatus({ env }: LakeOptions, run: string | undefined): Promise<void> {
  const lake = await findLake(env);
  const { executions = [] } = await lake.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: await stateMachineArn(lake), maxResults: LISTED_RUNS }),
  );
  if (run !== undefined) {
    const arn = executions.find(({ name }) => name === run)?.executionArn;
    if (arn === undefined) throw new UsageError(`There is no run ${run} among the newest ${LISTED_RUNS} of ${env}.`);
    await showRun(lake, { arn, run, date: run.slice(0, "YYYY-MM-DD".length) });
    return;
  }
  if (executions.length === 0) {
    console.log(`  No batch has run in ${env} yet.`);
    return;
  }
  const rows = executions.map(({ name = "", status = "", startDate, stopDate }) => {
    const seconds = startDate ? ((stopDate ?? new Date()).getTime() - startDate.getTime()) / 1000 : 0;
    return [name, status, startDate?.toISOString().slice(0, 19) ?? "", duration(seconds)];
  });
  console.log(
    table([{ title: "run" }, { title: "state" }, { title: "started (UTC)" }, right("took")], rows).join("\n"),
  );
}

async function showRun(lake: Lake, execution: Execution): Promise<void> {
  const progress = await lookAtBatch(lake, execution);
  console.log(`Run ${execution.run}: ${progress.status}`);
  for (const { text } of stepLines(progress, new Date())) console.log(text);
  if (progress.failure) console.log(`\n  ${progress.failure.error}\n    ${progress.failure.cause}`);
}

/** Characters of an object's key, and of the reason beside it: what people send may hold anything. */
const MAX_KEY = 1_024;
const MAX_REASON = 2_000;

/** `pipeline ledger`: what became of each file of a date. */
export async function pipelineLedger({ env }: LakeOptions, date: string): Promise<void> {
  const lake = await findLake(env);
  const entries = (await Promise.all(DATASETS.map((dataset) => ledgerEntries(lake, dataset, date)))).flat();
  if (entries.length === 0) {
    console.log(`  No file of ${date} has been validated in ${env}.`);
    return;
  }
  const text = (value: Item[string] | undefined) => (value === undefined ? "" : String(value));
  const rows = entries.map((entry) => [
    ...[entry.dataset, entry.state, entry.rows, entry.bad_rows].map(text),
    printable(text(entry.key).replace(`raw/${text(entry.dataset)}/date=${date}/`, ""), MAX_KEY),
    printable(text(entry.reason ?? entry.original), MAX_REASON),
  ]);
  const columns = [
    { title: "dataset" },
    { title: "state" },
    right("rows"),
    right("bad"),
    { title: "file" },
    { title: "why" },
  ];
  console.log(table(columns, rows).join("\n"));
}

async function ledgerEntries({ dynamo, names }: Lake, dataset: Dataset, date: string): Promise<Item[]> {
  const pages = paginateQuery(
    { client: dynamo },
    {
      TableName: names.fileLedger,
      IndexName: "by-dataset-date",
      KeyConditionExpression: "dataset_date = :key",
      ExpressionAttributeValues: toAttributes({ ":key": `${dataset}#${date}` }),
    },
  );
  const items: Item[] = [];
  for await (const { Items = [] } of pages) items.push(...Items.map(fromAttributes));
  return items;
}

/** Rules, and unknown columns, that are listed of a file: of the rules the most broken. */
const LISTED_RULES = 30;

/**
 * `pipeline validate`: judges a file on this machine exactly as step 1 of a run will.
 *
 * @returns the exit code: 0 only where the file would be accepted
 */
export async function pipelineValidate(file: string, dataset: Dataset): Promise<number> {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`There is no file ${shownPath(file)}.`);
  const options = { dataset, processingTime: new Date(), size: statSync(file).size };
  const report = await orInterrupted(validateStream(createReadStream(file), options));
  const { verdict, reason, format, compression, rows, badRows, rules, unknownColumns } = report;
  console.log(`  ${shownPath(file)} would be ${verdict} as ${dataset}${reason ? `: ${reason}` : "."}`);
  console.log(
    `  ${[format ?? "unknown format", compression === "none" ? "" : compression].filter(Boolean).join(", ")}; ${count(rows)} rows, ${count(badRows)} bad`,
  );
  if (unknownColumns.length > 0) {
    console.log(`  columns that the contract does not know: ${listed(unknownColumns, LISTED_RULES)}`);
  }
  const broken = Object.entries(rules).sort(([, a], [, b]) => b.count - a.count);
  if (broken.length > 0) {
    const lines = broken
      .slice(0, LISTED_RULES)
      .map(([rule, found]) => [rule, count(found.count), found.lines.join(", "), ruleText(dataset, rule)]);
    const columns = [{ title: "rule" }, right("rows"), { title: "first lines" }, { title: "expected" }];
    console.log(["", ...table(columns, lines)].join("\n"));
  }
  return verdict === "accepted" ? EXIT.ok : EXIT.failed;
}
