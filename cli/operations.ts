import { type Command, InvalidArgumentError, Option } from "commander";
import type { Dataset } from "../contracts";
import { SELECTIONS, type Selection } from "./lib/backfill";
import { calendarDate, datasetsOption, envOption, wholeNumber } from "./lib/options";

interface StopFlags {
  readonly env: string;
  readonly reason?: string;
  readonly yes: boolean;
  readonly json: boolean;
}

interface BackfillFlags {
  readonly env: string;
  readonly from: string;
  readonly to: string;
  readonly only: Selection[];
  readonly concurrency: number;
  readonly datasets?: Dataset[];
  readonly resume?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

interface LogsFlags {
  readonly env: string;
  readonly stderr: boolean;
  readonly tail?: number;
  readonly json: boolean;
}

interface RedriveFlags {
  readonly env: string;
  readonly wait: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The commands that operate runs: whatever changes something asks first. */
export function addOperations(pipeline: Command, done: (code: number) => void): void {
  pipeline
    .command("logs")
    .description("what a run, or one of its steps, wrote to its logs, in the order of time")
    .argument("<run>", "name of the run")
    .argument("[step]", "such as EtlJobs, etl-jobs or 3")
    .addOption(envOption())
    .option("--stderr", "also what Spark and Python say of the jobs", false)
    .addOption(new Option("--tail <number>", "only so many lines, the last").argParser(wholeNumber(1, 1_000_000)))
    .option("--json", "print each line as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run pipeline -- logs 2025-01-31-cli-1a2b3c4d --env prod" +
        "\n  npm run pipeline -- logs 2025-01-31-cli-1a2b3c4d EtlJobs --stderr --tail 200",
    )
    .action(async (run: string, step: string | undefined, flags: LogsFlags) => {
      const { pipelineLogs } = await import("./commands/logs");
      done(await pipelineLogs({ ...flags, run, step }));
    });
  pipeline
    .command("stop")
    .description("stop a run where it is")
    .argument("<run>", "name of the run")
    .addOption(envOption())
    .option("--reason <text>", "why, for those who hear of it")
    .option("--yes", "do not ask", false)
    .option("--json", "print what became of it as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nIts jobs are stopped with it, its date is free again, and the tables stand as they were unless it was publishing." +
        '\n\nExample:\n  npm run pipeline -- stop 2025-01-31-cli-1a2b3c4d --env prod --reason "wrong prices"',
    )
    .action(async (run: string, flags: StopFlags) => {
      const { pipelineStop } = await import("./commands/stop");
      done(await pipelineStop({ ...flags, run }));
    });
  pipeline
    .command("redrive")
    .description("go on with a run that failed, was stopped or ran out of time, from the step where it was")
    .argument("<run>", "name of the run")
    .addOption(envOption())
    .addOption(new Option("--wait", "follow it to its end, and end as it does").default(true))
    .option("--no-wait", "start it and go")
    .option("--yes", "do not ask", false)
    .option("--json", "print the summary as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nIt reads the files that the run had read, passes over jobs that were done, and publishes by way of the data quality checks alone. Where files have changed since, run the date again instead." +
        "\n\nExample:\n  npm run pipeline -- redrive 2025-01-31-cli-1a2b3c4d --env prod",
    )
    .action(async (run: string, flags: RedriveFlags) => {
      const { pipelineRedrive } = await import("./commands/redrive");
      done(await pipelineRedrive({ ...flags, run }));
    });
  pipeline
    .command("backfill")
    .description("run the dates of a range that need it, oldest first")
    .addOption(envOption())
    .addOption(dayOption("--from", "first date"))
    .addOption(dayOption("--to", "last date"))
    .addOption(
      new Option("--only <list>", `dates to run: ${SELECTIONS.join(", ")}`)
        .argParser(selections)
        .default(["failed", "missing"], "failed,missing"),
    )
    .addOption(new Option("--concurrency <number>", "runs at once").argParser(wholeNumber(1, 100)).default(1))
    .addOption(datasetsOption())
    .option("--resume <id>", "go on with a backfill that was interrupted: dates that it has run are not run again")
    .option("--dry-run", "show the plan; run nothing", false)
    .option("--yes", "do not ask", false)
    .option("--json", "print plan and results as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nfailed: the newest run failed, was stopped, ran out of time, or ended without some datasets. missing: files came, and nothing was run. Dates whose run is under way are waited for." +
        "\n\nExamples:\n  npm run pipeline -- backfill --env prod --from 2025-01-01 --to 2025-01-31 --dry-run" +
        "\n  npm run pipeline -- backfill --env prod --from 2025-01-01 --to 2025-01-31 --only failed --concurrency 2 --yes",
    )
    .action(async (flags: BackfillFlags) => {
      const { pipelineBackfill } = await import("./commands/backfill");
      done(await pipelineBackfill(flags));
    });
}

const dayOption = (flag: string, what: string) =>
  new Option(`${flag} <date>`, `${what}, YYYY-MM-DD`).argParser(calendarDate).makeOptionMandatory();

function selections(text: string): Selection[] {
  return text.split(",").map((name) => {
    const selection = SELECTIONS.find((known) => known === name.trim());
    if (selection === undefined) {
      throw new InvalidArgumentError(`There is no "${name.trim()}". It is a list of ${SELECTIONS.join(", ")}.`);
    }
    return selection;
  });
}
