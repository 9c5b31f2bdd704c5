/**
 * The command line. Reached through `cli/bootstrap.mjs`, which has made sure that everything is installed.
 */
import { Command, CommanderError, Option } from "commander";
import { CliError, EXIT, messageOf } from "./lib/errors";
import { interrupt, listenForInterrupts } from "./lib/interrupt";
import { calendarDate, wholeNumber } from "./lib/options";
import { userPath } from "./lib/paths";
import { SAMPLE } from "./sample/defaults";

const EXIT_CODES = `
Exit codes: 0 success · 1 the work failed · 2 wrong usage · 3 something that has to be there is missing · 130 stopped`;

/** Commands load their own modules: `--help` and the quick ones stay quick. */
function program(done: (code: number) => void): Command {
  const root = new Command("commerce-lake")
    .description("An e-commerce data lake on AWS, planned, applied and run on this machine.")
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .showHelpAfterError("(--help tells what there is)");

  root
    .command("test")
    .description("run every test; the last line says `N passed, N failed`")
    .argument("[pattern]", "a part of a test file's path; for Python also of a test's name")
    .addOption(new Option("--only <language>", "TypeScript or Python alone").choices(["ts", "py"]))
    .addHelpText(
      "after",
      "\nExamples:\n  npm test\n  npm test -- --only ts cli\n  npm test -- --only py __tests__/jobs",
    )
    .action(async (pattern: string | undefined, options: { only?: "ts" | "py" }) => {
      const { test } = await import("./commands/test");
      done(await test({ only: options.only, pattern }));
    });

  root
    .command("check")
    .description("formatters, linters and type checks, as CI runs them")
    .action(async () => {
      const { check } = await import("./commands/check");
      done(await check());
    });

  root
    .command("sample")
    .description("write sample files: a month of events, bad records of every kind, a file that comes twice")
    .requiredOption("--out <folder>", "folder that receives them; it must be empty")
    .addOption(rowsOption())
    .addOption(dateOption().default(SAMPLE.date))
    .addOption(seedOption())
    .option("--broken", "add files that must be rejected, of every kind", false)
    .addHelpText("after", "\nExample:\n  npm run sample -- --rows 1000000 --out /tmp/million --date 2025-01-31")
    .action(async (options: { out: string; rows: number; date: string; seed: number; broken: boolean }) => {
      const { sample } = await import("./commands/sample");
      await sample({ ...options, folder: userPath(options.out) });
    });

  return root;
}

const rowsOption = () =>
  new Option("--rows <number>", "transactions to generate; the other datasets are in proportion")
    .argParser(wholeNumber(SAMPLE.minRows, SAMPLE.maxRows))
    .default(SAMPLE.rows);

const dateOption = () => new Option("--date <date>", "batch date, YYYY-MM-DD").argParser(calendarDate);

const seedOption = () =>
  new Option("--seed <number>", "another seed makes another shop")
    .argParser(wholeNumber(0, 0x7fffffff))
    .default(SAMPLE.seed);

async function main(): Promise<number> {
  listenForInterrupts();
  let code: number = EXIT.ok;
  try {
    await program((value) => {
      code = value;
    }).parseAsync();
    return code;
  } catch (error) {
    // What commander throws has been printed by it.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const cause: unknown = interrupt.aborted ? interrupt.reason : error;
    console.error(
      `\n${cause instanceof CliError ? cause.message : error instanceof Error ? error.stack : messageOf(error)}`,
    );
    return cause instanceof CliError ? cause.exitCode : EXIT.failed;
  }
}

void main().then((code) => process.exit(code));
