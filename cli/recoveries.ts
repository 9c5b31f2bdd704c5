import { type Command, InvalidArgumentError, Option } from "commander";
import { envOption } from "./lib/options";
import { LEDGERS, type Ledger } from "./recover/names";

interface RecoverFlags {
  readonly env: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The commands that bring back what was lost, and the one that rehearses it. */
export function addRecoveries(root: Command, done: (code: number) => void): void {
  addTestRecovery(root, done);
  const recover = root.command("recover").description("bring back what was deleted or damaged (docs/operations.md)");
  recover
    .command("objects")
    .description("bring objects of the lake back as they were at a time, from their versions")
    .addOption(envOption())
    .addOption(
      new Option("--prefix <key>", "of the objects' keys: a file, a date, a table, a zone").makeOptionMandatory(),
    )
    .addOption(
      new Option("--at <time>", "a time when all was well, as 2025-01-31T06:00:00Z")
        .argParser(time)
        .makeOptionMandatory(),
    )
    .option("--dry-run", "show what was deleted or overwritten since; change nothing", false)
    .option("--yes", "do not ask", false)
    .option("--json", "print what is brought back as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nWhat was deleted since is undeleted, and what was overwritten is copied back. What came since stays, and so does what was not there then." +
        "\n\nExamples:\n  npm run recover -- objects --env prod --prefix raw/reviews/date=2025-01-31/ --at 2025-02-01T06:00:00Z --dry-run" +
        "\n  npm run recover -- objects --env prod --prefix curated/ --at 2025-02-01T06:00:00Z",
    )
    .action(async (flags: RecoverFlags & { prefix: string; at: Date }) => {
      const { recoverObjects } = await import("./commands/recover");
      done(await recoverObjects(flags));
    });
  recover
    .command("ledger")
    .description("write what a restored table has, and a ledger lacks, into the ledger")
    .addOption(envOption())
    .addOption(new Option("--ledger <which>", "the ledger").choices(LEDGERS).makeOptionMandatory())
    .addOption(new Option("--from <table>", "the table that was restored beside it").makeOptionMandatory())
    .option("--replace", "also replace entries that differ", false)
    .option("--dry-run", "show what is missing and what differs; write nothing", false)
    .option("--yes", "do not ask", false)
    .option("--json", "print the keys of what is missing and differs as JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nLocks stay as they are, and nothing is written while a run holds one." +
        "\n\nExample:\n  npm run recover -- ledger --env prod --ledger runs --from run-ledger-restored --dry-run",
    )
    .action(async (flags: RecoverFlags & { ledger: Ledger; from: string; replace: boolean }) => {
      const { recoverLedger } = await import("./commands/recover");
      done(await recoverLedger(flags));
    });
}

function addTestRecovery(root: Command, done: (code: number) => void): void {
  root
    .command("test-recovery")
    .description("damage a local lake and have it back by the steps of docs/operations.md; enter there what was seen")
    .addOption(
      new Option("--only <names>", "rehearsals with one of these in their name (--list)").argParser((text: string) =>
        text.split(","),
      ),
    )
    .option("--list", "only say which rehearsals there are", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run test:recovery\n  npm run test:recovery -- --only tables-lost" +
        "\n\nIt takes the AWS CLI, and ten minutes to half an hour. 0: everything was had back; 1: something was not.",
    )
    .action(async (flags: { only?: string[]; list: boolean }) => {
      const { testRecovery } = await import("./commands/test-recovery");
      done(await testRecovery(flags));
    });
}

/** @returns a moment, of a time that says which zone it is of */
function time(text: string): Date {
  const value = new Date(text);
  if (
    !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ||
    Number.isNaN(value.getTime())
  ) {
    throw new InvalidArgumentError("It must be a time with its zone, such as 2025-01-31T06:00:00Z.");
  }
  return value;
}
