import { DATASETS, type Dataset } from "../../contracts";
import { confirmed } from "../lib/confirm";
import { EXIT } from "../lib/errors";
import { orInterrupted } from "../lib/interrupt";
import { findLake, type Lake } from "../lib/lake";
import { dayOf } from "../lib/newest-date";
import { judgeQuarantined, type Quarantined } from "../lib/quarantine";
import { runBatch } from "../lib/run-batch";
import { count, right, table } from "../lib/table";

export interface ReplayOptions {
  readonly env: string;
  readonly date: string;
  /** @default all */
  readonly datasets?: readonly Dataset[] | undefined;
  /** Show what would come of it, and run nothing. */
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Rules that are listed of a dataset. */
const LISTED_RULES = 20;

/**
 * `pipeline replay --quarantined`: where records in quarantine break no rule any more, runs their date again, which judges
 * every record of its files by the deployed contracts and replaces what the date contributed.
 *
 * @returns the exit code: 0 where there was nothing to replay or the run succeeded
 */
export async function pipelineReplay(options: ReplayOptions): Promise<number> {
  const { env, dryRun, yes, json } = options;
  const lake = await findLake(env);
  const date = await orInterrupted(dayOf(lake, options.date));
  const say = (text: string) => {
    if (!json) console.log(text);
  };
  const report = (before: readonly Quarantined[], after?: readonly Quarantined[]) => {
    if (json) console.log(JSON.stringify({ date, before, after }, null, 2));
  };
  const before = await orInterrupted(judgeAll(lake, { ...options, date }));
  if (before.length === 0) {
    say(`  No record of ${date} is in quarantine in ${env}.`);
    report(before);
    return EXIT.ok;
  }
  say(quarantineLines(before).join("\n"));
  const datasets = before.filter(({ good }) => good > 0).map(({ dataset }) => dataset);
  if (datasets.length === 0) {
    report(before);
    say(`
  Every one of them still breaks a rule: there is nothing to replay.
  try   mend the contract (contracts/datasets/), deploy it, and replay then; or send a corrected file and run the date`);
    return EXIT.ok;
  }
  if (dryRun) {
    say(`\n  A replay would run ${date} again for ${datasets.join(", ")}.`);
    report(before);
    return EXIT.ok;
  }
  if (!(await confirmed(`Run ${date} of ${env} again for ${datasets.join(", ")}?`, yes))) return EXIT.interrupted;
  const code = await orInterrupted(runBatch(lake, { date, files: [], datasets, quiet: json }));
  if (code !== EXIT.ok) return code;
  const after = await judgeAll(lake, { ...options, date, datasets });
  say(["", ...outcomeLines(before, after, datasets)].join("\n"));
  report(before, after);
  return EXIT.ok;
}

async function judgeAll(
  lake: Lake,
  { date, datasets = DATASETS }: Pick<ReplayOptions, "date" | "datasets">,
): Promise<Quarantined[]> {
  const now = new Date();
  const found: Quarantined[] = [];
  for (const dataset of datasets) {
    const quarantined = await judgeQuarantined(lake, dataset, date, now);
    if (quarantined !== undefined) found.push(quarantined);
  }
  return found;
}

/** What is in quarantine, rule by rule; a record that broke several is in each. */
export function quarantineLines(found: readonly Quarantined[]): string[] {
  const rows = found.flatMap(({ dataset, records, good, rules }) => [
    [dataset, "all", count(records), count(good), ""],
    ...rules.slice(0, LISTED_RULES).map((rule) => ["", rule.rule, count(rule.records), count(rule.good), rule.first]),
    ...(rules.length > LISTED_RULES ? [["", `and ${rules.length - LISTED_RULES} more`, "", "", ""]] : []),
  ]);
  return table(
    [{ title: "dataset" }, { title: "rule" }, right("in quarantine"), right("good today"), { title: "first of them" }],
    rows,
  );
}

/** What the replay changed. A deployed contract other than this checkout's shows here: what should have left has not. */
export function outcomeLines(
  before: readonly Quarantined[],
  after: readonly Quarantined[],
  replayed: readonly Dataset[],
): string[] {
  const recordsOf = (list: readonly Quarantined[], dataset: Dataset) => list.find((one) => one.dataset === dataset);
  const rows = replayed.map((dataset) => [
    dataset,
    count(recordsOf(before, dataset)?.records ?? 0),
    count(recordsOf(after, dataset)?.records ?? 0),
  ]);
  const left = after.reduce((sum, { good }) => sum + good, 0);
  return [
    ...table([{ title: "in quarantine" }, right("before"), right("now")], rows),
    ...(left > 0
      ? [
          "",
          `  ${count(left)} of them are good by the contracts of this checkout, not by the deployed ones.`,
          "  try   deploy, and replay again",
        ]
      : []),
  ];
}
