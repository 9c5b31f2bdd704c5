/**
 * `npm run bench:quality`: what the validator, the jobs and the data quality checks catch of seeded defects, and how often they cry on
 * days without any. `--help` says more.
 */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { wholeNumber } from "../cli/lib/options";
import { SAMPLE } from "../cli/sample/defaults";
import { daysBefore } from "../functions/data-quality/profile";
import { alarms, caught } from "./quality/caught";
import { Corpus, type Outcome } from "./quality/corpus";
import { DEFECTS, type Defect } from "./quality/defects";
import { Engine } from "./quality/engine";
import { type FalseAlarm, type Finding, failures, SHARES, text } from "./quality/table";

interface Options {
  readonly rows: number;
  readonly clean: number;
  readonly seed: number;
  readonly json?: string;
}

const FIRST_DAY = "2025-01-01";
/** Good days before the first that is judged. */
const HISTORY = 14;

function parseOptions(): Options {
  return new Command("npm run bench:quality --")
    .description(
      "Sends a generated shop's batches through the validator, the jobs' own parsing and judging, and the data quality checks: days " +
        "without a fault, then the next day with each defect in 0.01 %, 1 % and 50 % of the rows. Exit codes: 0 nothing that must be " +
        "caught was missed, and no false alarm; 1 otherwise.",
    )
    .option(
      "--rows <count>",
      "sales of the busiest day; the rest is in proportion",
      wholeNumber(1_000, 1_000_000),
      10_000,
    )
    .option("--clean <count>", "days without a fault", wholeNumber(1, 3_650), 200)
    .option("--seed <number>", "another seed makes another shop", wholeNumber(0, SAMPLE.maxSeed), SAMPLE.seed)
    .option("--json <file>", "also write what was found here")
    .parse()
    .opts<Options>();
}

function say(message: string): void {
  console.error(`[${(performance.now() / 1000).toFixed(0).padStart(5)} s] ${message}`);
}

async function cleanDays(corpus: Corpus, count: number): Promise<{ falseAlarms: FalseAlarm[]; nextDay: string }> {
  const falseAlarms: FalseAlarm[] = [];
  for (let index = 0; index < HISTORY + count; index++) {
    const day = daysBefore(FIRST_DAY, -index);
    const checks = alarms(await corpus.judge(day));
    if (index >= HISTORY && checks.length > 0) falseAlarms.push({ day, checks });
    if (index % 20 === 19) say(`${index + 1} days, ${falseAlarms.length} with an alarm`);
  }
  return { falseAlarms, nextDay: daysBefore(FIRST_DAY, -(HISTORY + count)) };
}

async function findings(corpus: Corpus, day: string, clean: Outcome, defect: Defect): Promise<Finding[]> {
  const shares = defect.change !== undefined || defect.add !== undefined ? SHARES : [1];
  const found: Finding[] = [];
  for (const share of shares) {
    found.push({ defect, share, ...caught(defect.dataset, await corpus.judge(day, defect, share), clean) });
  }
  return found;
}

async function main(): Promise<number> {
  const options = parseOptions();
  const engine = new Engine();
  try {
    const corpus = new Corpus(engine, options.rows, options.seed);
    const { falseAlarms, nextDay } = await cleanDays(corpus, options.clean);
    const clean = await corpus.judge(nextDay);
    const found: Finding[] = [];
    for (const defect of DEFECTS) {
      say(`${defect.dataset}: ${defect.name}`);
      found.push(...(await findings(corpus, nextDay, clean, defect)));
    }
    console.log(text(found, falseAlarms, options.clean).join("\n"));
    if (options.json !== undefined) {
      const defects = found.map(({ defect: { name, dataset, least }, ...rest }) => ({ dataset, name, least, ...rest }));
      writeFileSync(
        options.json,
        `${JSON.stringify({ version: 1, rows: options.rows, cleanDays: options.clean, falseAlarms, defects }, null, 2)}\n`,
      );
    }
    return failures(found).length === 0 && falseAlarms.length === 0 ? 0 : 1;
  } finally {
    await engine.close();
  }
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
