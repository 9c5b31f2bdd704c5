/**
 * `npm run bench:synth`: how long it takes to synthesize every environment, next to an app with one bucket. `--help` says more.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { wholeNumber } from "../cli/lib/options";
import { ROOT } from "../cli/lib/paths";
import { right, table } from "../cli/lib/table";

/** What is wanted: seconds of the clock for all environments, warm, on two cores that do nothing else, and how many times the minimal app's. */
const TARGETS = Object.freeze({ seconds: 3, ratio: 2 });

/** Apps, each started as `cdktf.json` starts `main.ts`. */
const APPS = { "one bucket": "bench/synth/minimal.ts", "all environments": "main.ts" } as const;
type App = keyof typeof APPS;
const APP_NAMES = ["one bucket", "all environments"] as const satisfies readonly App[];

/** Ways to synthesize: what is measured is the app alone, or with the command line of cdktf around it. */
const WAYS = {
  app: (file: string, _out: string) => [process.execPath, "--import", "tsx", file],
  "cdktf synth": (file: string, out: string) => [
    path.join(ROOT, "node_modules", ".bin", "cdktf"),
    ...["synth", "--output", out, "--app", `"${process.execPath}" --import tsx ${file}`],
  ],
} as const;
type Way = keyof typeof WAYS;
const WAY_NAMES = ["app", "cdktf synth"] as const satisfies readonly Way[];

/** Seconds of the clock, and of the processors in all of its processes. */
interface Effort {
  readonly seconds: number;
  readonly cpu: number;
}

interface Result extends Effort {
  readonly way: Way;
  readonly app: App;
}

/** Runs a command, with all that it starts, under bash's own `time`. */
async function measure(command: readonly string[], out: string): Promise<Effort> {
  const child = spawn("bash", ["-c", `TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1`, "bash", ...command], {
    cwd: ROOT,
    env: { ...process.env, CDKTF_OUTDIR: out, LAKE_ENV: "", CHECKPOINT_DISABLE: "1", CI: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${String(code)}: run it by hand to see why`);
  const [seconds = 0, user = 0, system = 0] = said.trim().split(" ").map(Number);
  return { seconds, cpu: user + system };
}

/** The fastest of several: whatever else runs on the machine only ever slows. */
const best = (efforts: readonly Effort[]): Effort => ({
  seconds: Math.min(...efforts.map(({ seconds }) => seconds)),
  cpu: Math.min(...efforts.map(({ cpu }) => cpu)),
});

async function measureAll(rounds: number, folder: string): Promise<Result[]> {
  const cases = WAY_NAMES.flatMap((way) => APP_NAMES.map((app) => ({ way, app, efforts: [] as Effort[] })));
  // One after another in each round, so that a busy minute hits all; the first round warms and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { way, app, efforts } of cases) {
      const out = path.join(folder, app.replace(" ", "-"));
      const effort = await measure(WAYS[way](APPS[app], out), out);
      if (round > 0) efforts.push(effort);
    }
  }
  return cases.map(({ way, app, efforts }) => ({ way, app, ...best(efforts) }));
}

/** How many times the minimal app's effort, started in the same way. */
function ratios(results: readonly Result[], { way, seconds, cpu }: Result): Effort {
  const minimal = results.find((result) => result.way === way && result.app === "one bucket");
  if (minimal === undefined) throw new Error(`nothing to compare ${way} with`);
  return { seconds: seconds / minimal.seconds, cpu: cpu / minimal.cpu };
}

function report(results: readonly Result[]): string[] {
  const rows = results.map((result) => {
    const ratio = ratios(results, result);
    return [
      result.way,
      result.app,
      ...[result.seconds, ratio.seconds, result.cpu, ratio.cpu].map((value) => value.toFixed(2)),
    ];
  });
  const titles = [{ title: "way" }, { title: "app" }, ...["s", "ratio", "cpu s", "ratio"].map(right)];
  const verdicts = results
    .filter(({ app }) => app === "all environments")
    .map((result) => {
      const { cpu: ratio } = ratios(results, result);
      const met = (value: number, most: number) =>
        `${value.toFixed(2)} of at most ${most}: ${value <= most ? "met" : "MISSED"}`;
      return `  ${result.way}: seconds ${met(result.seconds, TARGETS.seconds)}; ratio ${met(ratio, TARGETS.ratio)}`;
    });
  return [...table(titles, rows), "", ...verdicts];
}

const options = new Command("npm run bench:synth --")
  .description(
    "Synthesizes all environments, bundles included, and an app with one bucket, warm, side by side. " +
      "Compare by the processors' seconds where other programs are at work.",
  )
  .option("--rounds <n>", "measurements of each, of which the fastest counts", wholeNumber(1, 50), 5)
  .option("--json <file>", "also write the figures there")
  .parse()
  .opts<{ readonly rounds: number; readonly json?: string }>();

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-bench-synth-"));
  try {
    const results = await measureAll(options.rounds, folder);
    console.log(report(results).join("\n"));
    if (options.json !== undefined) {
      const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
      const figures = results.map((result) => ({ ...result, ratio: ratios(results, result) }));
      writeFileSync(
        options.json,
        `${JSON.stringify({ version: 1, machine, targets: TARGETS, results: figures }, null, 2)}\n`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
