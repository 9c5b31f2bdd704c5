/**
 * `npm run bench:quality`: what the validator, the jobs and the data quality checks catch of seeded defects, and how often they cry on
 * days without any. `--help` says more.
 */
import { Command, Option } from "commander";
import { wholeNumber } from "../cli/lib/options";
import { SAMPLE } from "../cli/sample/defaults";
import { DATASETS, type Dataset } from "../contracts";
import { daysBefore } from "../functions/data-quality/profile";
import { alarms, caught } from "./quality/caught";
import { Corpus, type Outcome } from "./quality/corpus";
import { DEFECTS, type Defect } from "./quality/defects";
import { Engine } from "./quality/engine";
import { type Findings, joined, readFindings, writeFindings } from "./quality/results";
import { type FalseAlarm, type Finding, failures, SHARES, text } from "./quality/table";

interface Options {
  readonly rows: number;
  readonly clean: number;
  readonly shops: number;
  readonly seed: number;
  readonly shop?: number;
  readonly dataset?: Dataset;
  readonly defect?: string;
  readonly json?: string;
  readonly join?: readonly string[];
}

const FIRST_DAY = "2025-01-01";
/** Good days of a shop before the first that is judged. */
const HISTORY = 7;

function parseOptions(): Options {
  const command = new Command("npm run bench:quality --")
    .description(
      "Sends generated shops' batches through the validator, the jobs' own parsing and judging, and the data quality checks: days " +
        "without a fault, then the next day with each defect in 0.01 %, 1 % and 50 % of the rows. Exit codes: 0 nothing that must be " +
        "caught was missed, and no false alarm; 1 otherwise. What takes too long at once can be done shop by shop (--shop, --json), " +
        "and put together (--join).",
    )
    .option(
      "--rows <count>",
      "sales of the busiest day; the rest is in proportion",
      wholeNumber(1_000, 1_000_000),
      10_000,
    )
    .option("--clean <count>", "days without a fault", wholeNumber(1, 3_650), 200)
    .option("--shops <count>", "shops that the days are spread over, side by side", wholeNumber(1, 64), 4)
    .option("--seed <number>", "other seeds make other shops", wholeNumber(0, SAMPLE.maxSeed), SAMPLE.seed)
    .option("--shop <number>", "only this one of the shops, with its share of the days and defects", wholeNumber(1, 64))
    .addOption(new Option("--dataset <name>", "only this dataset: its batches and its defects").choices([...DATASETS]))
    .addOption(
      new Option("--defect <name>", "only defects of this name").choices([...new Set(DEFECTS.map(({ name }) => name))]),
    )
    .option("--json <file>", "also write what was found here")
    .option("--join <files...>", "judge nothing: show what earlier calls have written")
    .parse();
  const options = command.opts<Options>();
  if ((options.shop ?? 1) > options.shops)
    command.error(`error: there is no shop ${options.shop} of ${options.shops}.`);
  return options;
}

function say(message: string): void {
  console.error(`[${(performance.now() / 1000).toFixed(0).padStart(5)} s] ${message}`);
}

/** What is known of a shop so far. */
interface Progress {
  cleanDays: number;
  readonly falseAlarms: FalseAlarm[];
  readonly found: Finding[];
}

function begun(): Progress {
  return { cleanDays: 0, falseAlarms: [], found: [] };
}

/** A shop, and what there is to judge of it. */
interface Work {
  readonly seed: number;
  readonly days: number;
  readonly defects: readonly Defect[];
}

/** Judges days without a fault. @returns the day after */
async function judgeCleanDays(corpus: Corpus, count: number, progress: Progress, keep: () => void): Promise<string> {
  for (let index = 0; index < HISTORY + count; index++) {
    const day = daysBefore(FIRST_DAY, -index);
    const checks = alarms(await corpus.judge(day));
    if (index < HISTORY) continue;
    progress.cleanDays++;
    if (checks.length > 0) progress.falseAlarms.push({ day, checks });
    keep();
    if (progress.cleanDays % 10 === 0) {
      say(`${progress.cleanDays} clean days of a shop, ${progress.falseAlarms.length} with an alarm`);
    }
  }
  return daysBefore(FIRST_DAY, -(HISTORY + count));
}

async function findings(corpus: Corpus, day: string, clean: Outcome, defect: Defect): Promise<Finding[]> {
  const shares = defect.change !== undefined || defect.add !== undefined ? SHARES : [1];
  const found: Finding[] = [];
  for (const share of shares) {
    found.push({ defect, share, ...caught(defect.dataset, await corpus.judge(day, defect, share), clean) });
  }
  return found;
}

/** Judges a shop: days without a fault, and on the day after each of the defects. */
async function judgeShop({ rows, dataset }: Options, work: Work, progress: Progress, keep: () => void): Promise<void> {
  const engine = new Engine();
  try {
    const corpus = new Corpus(engine, rows, work.seed, dataset === undefined ? DATASETS : [dataset]);
    const nextDay = await judgeCleanDays(corpus, work.days, progress, keep);
    const outcome = await corpus.judge(nextDay);
    for (const defect of work.defects) {
      progress.found.push(...(await findings(corpus, nextDay, outcome, defect)));
      keep();
      say(`${defect.dataset}: ${defect.name}`);
    }
  } finally {
    await engine.close();
  }
}

/** Judges the shops, side by side: each has its share of the days, and of the defects. */
async function judge(options: Options, keep: (findings: Findings) => void): Promise<Findings> {
  const { clean, shops, seed, shop } = options;
  const defects = DEFECTS.filter(
    ({ dataset, name }) => dataset === (options.dataset ?? dataset) && name === (options.defect ?? name),
  );
  const all = Array.from({ length: shops }, (_, index) => ({
    seed: seed + index,
    days: Math.floor((clean + index) / shops),
    defects: defects.filter((_, place) => place % shops === index),
  }));
  const chosen = (shop === undefined ? all : all.slice(shop - 1, shop)).map((work) => ({
    work,
    progress: begun(),
  }));
  const soFar = () => joined(chosen.map(({ progress }) => progress));
  await Promise.all(chosen.map(({ work, progress }) => judgeShop(options, work, progress, () => keep(soFar()))));
  return soFar();
}

async function main(): Promise<number> {
  const options = parseOptions();
  const { json } = options;
  // As it goes: what was found stays where a call is cut short.
  const keep = (findings: Findings) => (json === undefined ? undefined : writeFindings(json, findings));
  const { falseAlarms, found, cleanDays } =
    options.join === undefined ? await judge(options, keep) : readFindings(options.join);
  console.log(text(found, falseAlarms, cleanDays).join("\n"));
  return failures(found).length === 0 && falseAlarms.length === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
