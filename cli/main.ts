/**
 * The command line. Reached through `cli/bootstrap.mjs`, which has made sure that everything is installed.
 */
import { Command, CommanderError, Option } from "commander";
import { DATASETS, type Dataset } from "../contracts";
import { addCost } from "./costs";
import { CliError, connectionLost, EXIT, Interrupted, messageOf, RefusedError } from "./lib/errors";
import { FILE_STATES, type FileState } from "./lib/file-states";
import { interrupt, listenForInterrupts } from "./lib/interrupt";
import { calendarDate, calendarDateOrNewest, datasetsOption, envOption, wholeNumber, yesterday } from "./lib/options";
import { userPath } from "./lib/paths";
import { addOperations } from "./operations";
import { addRecoveries } from "./recoveries";
import { addReviews, VERDICT_COMMANDS } from "./reviews";
import { SAMPLE } from "./sample/defaults";

const EXIT_CODES = `
Exit codes: 0 success · 1 the work failed · 2 wrong usage · 3 something that has to be there is missing
            4 a run ended well, but for datasets that failed (PARTIAL) · 130 stopped`;

type Done = (code: number) => void;

/** Commands load their own modules: `--help` and the quick ones stay quick. */
export function program(done: Done): Command {
  const root = new Command("commerce-lake")
    .description("An e-commerce data lake on AWS, planned, applied and run on this machine.")
    .addHelpText("after", EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError("(--help tells what there is)");
  addStart(root, done);
  addLocal(root, done);
  addPipeline(root, done);
  addRecoveries(root, done);
  addSample(root);
  addSynth(root);
  addReviews(root, done);
  addCost(root);
  addTest(root, done);
  addTestFaults(root, done);
  addCheck(root, done);
  addCheckPolicy(root, done);
  addDoctor(root);
  return root;
}

const dateOption = (otherwise = "") =>
  new Option("--date <date>", `batch date, YYYY-MM-DD or yesterday${otherwise}`).argParser(calendarDate);
const pastDateOption = () =>
  new Option("--date <date>", "batch date, YYYY-MM-DD, yesterday, or newest: that of the newest run").argParser(
    calendarDateOrNewest,
  );
const rowsOption = () =>
  new Option("--rows <number>", "transactions to generate; the other datasets are in proportion")
    .argParser(wholeNumber(SAMPLE.minRows, SAMPLE.maxRows))
    .default(SAMPLE.rows);
const seedOption = () =>
  new Option("--seed <number>", "another seed makes another shop")
    .argParser(wholeNumber(0, SAMPLE.maxSeed))
    .default(SAMPLE.seed);
const dataOption = () =>
  new Option("--data <folder>", `your own files: ${DATASETS.join("/, ")}/ in this folder`).argParser(userPath);
const lastOption = (what: string, usual: number, most: number) =>
  new Option("--last <number>", `the newest so many ${what}`).argParser(wholeNumber(1, most)).default(usual);
const summaryOption = () => new Option("--summary <file>", "also write the summary as JSON").argParser(userPath);
const promoteOption = (when = "") =>
  new Option("--promote <list>", `data quality warnings that count as errors, * for all${when}`).argParser(
    (text: string) => text.split(","),
  );

interface StartFlags {
  readonly data?: string;
  readonly date?: string;
  readonly rows: number;
  readonly seed: number;
  readonly summary?: string;
  readonly keep: boolean;
  readonly faults: boolean;
}

function addStart(root: Command, done: Done): void {
  root
    .command("start")
    .description("run the daily batch, on sample data or your own files, on a local AWS that ends with it")
    .addOption(dataOption())
    .addOption(dateOption(` (default: ${SAMPLE.date} for sample data, yesterday in UTC for your own files)`))
    .addOption(rowsOption())
    .addOption(seedOption())
    .addOption(summaryOption())
    .option("--keep", "leave the local AWS up afterwards, until Ctrl-C", false)
    .option("--faults", "let people break it on purpose, at ENDPOINT/_faults (local/README.md)", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm start\n  npm start -- --rows 1000000\n  npm start -- --data ./today --date 2025-01-31 --summary summary.json",
    )
    .action(async (flags: StartFlags) => {
      const { start } = await import("./commands/start");
      const date = flags.date ?? (flags.data === undefined ? SAMPLE.date : yesterday(new Date()));
      done(await start({ ...flags, date }));
    });
}

function addLocal(root: Command, done: Done): void {
  root
    .command("local")
    .description("start the local AWS with the local environment applied, and leave it up until Ctrl-C")
    .addHelpText(
      "after",
      "\nThen, in another terminal:\n  npm run pipeline -- run --env local --date 2025-01-31 --data ./today",
    )
    .option("--apply", "bring the local AWS that is up already to what the code now says, and keep its data", false)
    .option("--faults", "let people break it on purpose, at ENDPOINT/_faults (local/README.md)", false)
    .action(async ({ apply, faults }: { apply: boolean; faults: boolean }) => {
      const { applyAnew, local } = await import("./commands/local");
      if (apply) await applyAnew();
      else done(await local(faults));
    });
}

interface RunFlags {
  readonly env: string;
  readonly date: string;
  readonly data?: string;
  readonly datasets?: Dataset[];
  readonly promote?: string[];
  readonly summary?: string;
  readonly wait: boolean;
  readonly json: boolean;
}

interface StatusFlags {
  readonly env: string;
  readonly date?: string;
  readonly last: number;
  readonly json: boolean;
}

interface LedgerFlags extends StatusFlags {
  readonly state?: FileState;
  readonly datasets?: Dataset[];
}

interface ReplayFlags {
  readonly env: string;
  readonly date: string;
  readonly datasets?: Dataset[];
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

interface QueryFlags {
  readonly env: string;
  readonly fresh: boolean;
  readonly csv: boolean;
  readonly json: boolean;
  readonly param?: readonly string[];
}

interface QualityFlags {
  readonly env: string;
  readonly date: string;
  readonly now: boolean;
  readonly promote?: string[];
  readonly json: boolean;
  readonly html?: string;
  readonly junit?: string;
}

function addPipeline(root: Command, done: Done): void {
  const pipeline = root
    .command("pipeline")
    .description("run batches and look at them, on the local AWS and in AWS alike");
  pipeline
    .command("run")
    .description("run the batch of a date")
    .addOption(envOption())
    .addOption(dateOption().makeOptionMandatory())
    .addOption(dataOption())
    .addOption(datasetsOption())
    .addOption(promoteOption())
    .addOption(summaryOption())
    .addOption(new Option("--wait", "follow the run to its end, and end as it does").default(true))
    .option("--no-wait", "start it and go")
    .option("--json", "print the summary as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run pipeline -- run --env local --date 2025-01-31 --data ./today\n  npm run pipeline -- run --env prod --date 2025-01-31 --datasets transactions,reviews\n  npm run pipeline -- run --env prod --date 2025-01-31 --no-wait --json",
    )
    .action(async (flags: RunFlags) => {
      const { pipelineRun } = await import("./commands/run");
      done(await pipelineRun(flags));
    });
  pipeline
    .command("status")
    .description("the newest runs, or the steps of one")
    .argument("[run]", "name of a run")
    .addOption(envOption())
    .addOption(dateOption())
    .addOption(lastOption("runs", 20, 1_000))
    .option("--json", "print JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run pipeline -- status --env prod --last 5\n  npm run pipeline -- status --date 2025-01-31\n  npm run pipeline -- status 2025-01-31-cli-1a2b3c4d --json",
    )
    .action(async (run: string | undefined, flags: StatusFlags) => {
      const { pipelineStatus } = await import("./commands/status");
      await pipelineStatus({ ...flags, run });
    });
  addOperations(pipeline, done);
  pipeline
    .command("replay")
    .description("run a date again where records in quarantine break no rule of today's contracts any more")
    .addOption(envOption())
    .addOption(pastDateOption().makeOptionMandatory())
    .addOption(new Option("--quarantined", "replay what is in quarantine").makeOptionMandatory())
    .addOption(datasetsOption())
    .option("--dry-run", "show what is there and what would be good today; run nothing", false)
    .option("--yes", "do not ask", false)
    .option("--json", "print what was there, and what is left, as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nJudged by the contracts of this checkout; deploy them first, for the run judges by the deployed ones." +
        "\n\nExample:\n  npm run pipeline -- replay --env local --date 2025-01-31 --quarantined --dry-run",
    )
    .action(async (flags: ReplayFlags) => {
      const { pipelineReplay } = await import("./commands/replay");
      done(await pipelineReplay(flags));
    });
  pipeline
    .command("quality")
    .description("the data quality of a date: what its newest run found, or what the checks find now")
    .addOption(envOption())
    .addOption(pastDateOption().makeOptionMandatory())
    .option("--now", "run the checks of this checkout on what that run wrote; the lake stays as it is", false)
    .addOption(promoteOption(" (with --now)"))
    .option("--json", "print the report as JSON and nothing else", false)
    .addOption(new Option("--html <file>", "also write it as a page").argParser(userPath))
    .addOption(new Option("--junit <file>", "also write it as JUnit XML").argParser(userPath))
    .addHelpText(
      "after",
      "\nExits with 1 where the data is not fit to be published." +
        "\n\nExamples:\n  npm run pipeline -- quality --env prod --date 2025-01-31\n  npm run pipeline -- quality --date 2025-01-31 --now --promote '*' --junit quality.xml",
    )
    .action(async (flags: QualityFlags) => {
      const { pipelineQuality } = await import("./commands/quality");
      done(await pipelineQuality(flags));
    });
  pipeline
    .command("rules")
    .description("a dataset's contract as a ruleset of AWS Glue Data Quality (DQDL)")
    .addOption(new Option("--dataset <name>").choices(DATASETS).makeOptionMandatory())
    .addHelpText("after", "\nExample:\n  npm run --silent pipeline -- rules --dataset reviews > reviews.dqdl")
    .action(async ({ dataset }: { dataset: Dataset }) => {
      const { renderDqdl } = await import("../functions/data-quality/dqdl");
      process.stdout.write(renderDqdl(dataset));
    });
  pipeline
    .command("ledger")
    .description("what became of each file, and why: of a date, or of those in a state, the newest first")
    .addOption(envOption())
    .addOption(pastDateOption())
    .addOption(new Option("--state <state>", "only files in this state").choices(FILE_STATES))
    .addOption(datasetsOption())
    .addOption(lastOption("files", 1_000, 100_000))
    .option("--json", "print the entries as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run pipeline -- ledger --date 2025-01-31\n  npm run pipeline -- ledger --env prod --state rejected --last 20",
    )
    .action(async (flags: LedgerFlags) => {
      const { pipelineLedger } = await import("./commands/ledger");
      await pipelineLedger(flags);
    });
  pipeline
    .command("redrive-uploads")
    .description("send uploads that something went wrong with on their way again")
    .addOption(envOption())
    .option("--dry-run", "show what is there; send nothing", false)
    .option("--json", "print the messages as JSON and nothing else", false)
    .addHelpText("after", "\nExample:\n  npm run pipeline -- redrive-uploads --env prod --dry-run")
    .action(async (flags: { env: string; dryRun: boolean; json: boolean }) => {
      const { redriveUploads } = await import("./commands/redrive-uploads");
      done(await redriveUploads(flags));
    });
  pipeline
    .command("query")
    .description("run a named query (queries/) on the curated tables")
    .argument("<name>", "name of the query")
    .argument("[parameters...]", "its parameters, in order")
    .addOption(
      new Option("--param <value>", "a parameter, in scripts: once for each, in order").argParser(
        (value: string, before: readonly string[] = []) => [...before, value],
      ),
    )
    .addOption(envOption())
    .option("--fresh", "read the tables, even where there is a result of the last 24 hours", false)
    .addOption(new Option("--csv", "print CSV").default(false).conflicts("json"))
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run pipeline -- query daily_kpis 2025-01-01 2025-01-31\n  npm run pipeline -- query inventory_at_risk --param 14 --json\n  npm run --silent pipeline -- query review_summary 2025-01-01 2025-01-31 5 --env prod --csv > reviews.csv",
    )
    .action(async (name: string, parameters: string[], { param = [], ...flags }: QueryFlags) => {
      const { pipelineQuery } = await import("./commands/query");
      await pipelineQuery(flags, name, [...parameters, ...param]);
    });
  pipeline
    .command("validate")
    .description("judge a file on this machine as a run would, without uploading it")
    .argument("<file>")
    .addOption(new Option("--dataset <name>", "what the file holds").choices(DATASETS).makeOptionMandatory())
    .option("--json", "print the verdict as JSON and nothing else", false)
    .addHelpText("after", "\nExample:\n  npm run pipeline -- validate ./today/reviews/web.csv --dataset reviews")
    .action(async (file: string, flags: { dataset: Dataset; json: boolean }) => {
      const { pipelineValidate } = await import("./commands/validate");
      done(await pipelineValidate(userPath(file), flags.dataset, flags.json));
    });
}

interface SampleFlags {
  readonly out: string;
  readonly rows: number;
  readonly date: string;
  readonly seed: number;
  readonly broken: boolean;
}

function addSample(root: Command): void {
  root
    .command("sample")
    .description("write sample files: a month of events, bad records of every kind, a file that comes twice")
    .addOption(
      new Option("--out <folder>", "folder that receives them; it must be empty")
        .argParser(userPath)
        .makeOptionMandatory(),
    )
    .addOption(rowsOption())
    .addOption(dateOption().default(SAMPLE.date))
    .addOption(seedOption())
    .option("--broken", "add files that must be rejected, of every kind", false)
    .addHelpText("after", "\nExample:\n  npm run sample -- --rows 1000000 --out ./million --date 2025-01-31")
    .action(async ({ out, ...flags }: SampleFlags) => {
      const { sample } = await import("./commands/sample");
      await sample({ ...flags, folder: out });
    });
}

function addSynth(root: Command): void {
  root
    .command("synth")
    .description("write the Terraform configuration of environments to cdktf.out/")
    .argument("[environments...]", "their names; all where left out")
    .action(async (environments: string[]) => {
      const { synth } = await import("./commands/synth");
      await synth(environments);
    });
}

function addTest(root: Command, done: Done): void {
  root
    .command("test")
    .description("run every test; the last line says `N passed, N failed`")
    .argument("[pattern]", "a part of a test file's path; for Python also of a test's name")
    .addOption(new Option("--only <language>", "TypeScript or Python alone").choices(["ts", "py"]))
    .addHelpText(
      "after",
      "\nExamples:\n  npm test\n  npm test -- --only ts cli\n  npm test -- --only py __tests__/jobs",
    )
    .action(async (pattern: string | undefined, flags: { only?: "ts" | "py" }) => {
      const { test } = await import("./commands/test");
      done(await test({ only: flags.only, pattern }));
    });
}

function addTestFaults(root: Command, done: Done): void {
  root
    .command("test-faults")
    .description(
      "break runs at every step on a local AWS of its own, and enter what became of them in docs/reliability.md",
    )
    .addOption(
      new Option("--only <names>", "scenarios with one of these in their name (--list)").argParser((text: string) =>
        text.split(","),
      ),
    )
    .option("--list", "only say which scenarios there are", false)
    .addOption(new Option("--json <file>", "also write the outcomes as JSON").argParser(userPath))
    .addHelpText(
      "after",
      "\nExamples:\n  npm run test:faults\n  npm run test:faults -- --list\n  npm run test:faults -- --only notification,merge/is-killed --json some.json" +
        "\n\nAll of it takes half an hour to an hour. 0: everything is as it has to be; 1: something is not.",
    )
    .action(async (flags: { only?: string[]; json?: string; list: boolean }) => {
      const { testFaults } = await import("./commands/test-faults");
      done(await testFaults(flags));
    });
}

function addCheck(root: Command, done: Done): void {
  root
    .command("check")
    .description("formatters, linters and type checks, as CI runs them")
    .action(async () => {
      const { check } = await import("./commands/check");
      done(await check());
    });
}

function addCheckPolicy(root: Command, done: Done): void {
  root
    .command("check-policy")
    .description("checkov on the synthesized stack of every environment: each finding has a reason, or fails")
    .option("--json", "print the result as JSON and nothing else", false)
    .addHelpText("after", "\nReasons are in cli/checkov/exceptions.ts.\n\nExample:\n  npm run check:policy")
    .action(async (flags: { json: boolean }) => {
      const { checkPolicy } = await import("./commands/check-policy");
      done(await checkPolicy(flags));
    });
}

function addDoctor(root: Command): void {
  root
    .command("doctor")
    .description("what this machine and the environments lack; nothing is installed")
    .action(async () => {
      const { doctor } = await import("./commands/doctor");
      doctor();
    });
}

async function main(): Promise<number> {
  listenForInterrupts();
  const failure = VERDICT_COMMANDS.includes(process.argv[2] ?? "") ? EXIT.failed : undefined;
  let code: number = EXIT.ok;
  try {
    await program((value) => {
      code = value;
    }).parseAsync();
    return code;
  } catch (error) {
    // What commander throws has been printed by it.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : (failure ?? EXIT.usage);
    const cause: unknown = interrupt.aborted ? interrupt.reason : (connectionLost(error) ?? error);
    console.error(
      `\n${cause instanceof CliError ? cause.message : error instanceof Error ? error.stack : messageOf(error)}`,
    );
    if (cause instanceof Interrupted || cause instanceof RefusedError) return cause.exitCode;
    return failure ?? (cause instanceof CliError ? cause.exitCode : EXIT.failed);
  }
}

if (require.main === module) void main().then((code) => process.exit(code));
