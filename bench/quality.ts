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
  readonly shops: number;
  readonly seed: number;
  readonly json?: string;
}

const FIRST_DAY = "2025-01-01";
/** Good days of a shop before the first that is judged. */
const HISTORY = 7;

function parseOptions(): Options {
  return new Command("npm run bench:quality --")
    .description(
      "Sends generated shops' batches through the validator, the jobs' own parsing and judging, and the data quality checks: days " +
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
    .option("--shops <count>", "shops that the days are spread over, side by side", wholeNumber(1, 64), 4)
    .option("--seed <number>", "other seeds make other shops", wholeNumber(0, SAMPLE.maxSeed), SAMPLE.seed)
    .option("--json <file>", "also write what was found here")
    .parse()
    .opts<Options>();
}

function say(message: string): void {
  console.error(`[${(performance.now() / 1000).toFixed(0).padStart(5)} s] ${message}`);
}

/** Judges days without a fault. @returns the alarms, and the day after */
async function cleanDays(corpus: Corpus, count: number): Promise<{ falseAlarms: FalseAlarm[]; nextDay: string }> {
  const falseAlarms: FalseAlarm[] = [];
  for (let index = 0; index < HISTORY + count; index++) {
    const day = daysBefore(FIRST_DAY, -index);
    const checks = alarms(await corpus.judge(day));
    if (index >= HISTORY && checks.length > 0) falseAlarms.push({ day, checks });
    if (index % 20 === 19) say(`${index + 1} days of a shop, ${falseAlarms.length} with an alarm`);
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

interface Judged {
  readonly falseAlarms: readonly FalseAlarm[];
  readonly found: readonly Finding[];
}

/** Judges a shop: days without a fault, and on the day after each of the defects. */
async function judgeShop(rows: number, seed: number, clean: number, defects: readonly Defect[]): Promise<Judged> {
  const engine = new Engine();
  try {
    const corpus = new Corpus(engine, rows, seed);
    const { falseAlarms, nextDay } = await cleanDays(corpus, clean);
    const outcome = await corpus.judge(nextDay);
    const found: Finding[] = [];
    for (const defect of defects) {
      found.push(...(await findings(corpus, nextDay, outcome, defect)));
      say(`${defect.dataset}: ${defect.name}`);
    }
    return { falseAlarms, found };
  } finally {
    await engine.close();
  }
}

async function main(): Promise<number> {
  const { rows, clean, shops, seed, json } = parseOptions();
  // Every shop gets its share of the days, and of the defects.
  const judged = await Promise.all(
    Array.from({ length: shops }, (_, shop) => {
      const days = Math.floor((clean + shop) / shops);
      const defects = DEFECTS.filter((_, index) => index % shops === shop);
      return judgeShop(rows, seed + shop, days, defects);
    }),
  );
  const falseAlarms = judged.flatMap((one) => one.falseAlarms);
  const all = judged.flatMap((one) => one.found);
  const found = DEFECTS.flatMap((defect) => all.filter((finding) => finding.defect === defect));
  console.log(text(found, falseAlarms, clean).join("\n"));
  if (json !== undefined) {
    const defects = found.map(({ defect: { name, dataset, least }, ...rest }) => ({ dataset, name, least, ...rest }));
    const document = { version: 1, rows, shops, cleanDays: clean, falseAlarms, defects };
    writeFileSync(json, `${JSON.stringify(document, null, 2)}\n`);
  }
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
