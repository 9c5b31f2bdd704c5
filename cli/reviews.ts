import { type Command, Option } from "commander";
import { EXIT_CODES } from "./commands/plan-review";
import { userPath } from "./lib/paths";

interface ReviewFlags {
  readonly allow: string[];
  readonly json: boolean;
  readonly out?: string;
  readonly stack?: string;
}

/** The commands whose exit code is a verdict: whatever goes wrong with them ends with 1. */
export const VERDICT_COMMANDS: readonly string[] = ["plan", "plan-review", "moves", "state"];

const allowOption = () =>
  new Option("--allow <address>", "a resource that may go, or be opened, nevertheless; may be given again")
    .default([], "none")
    .argParser((address: string, others: string[]) => [...others, address]);
const outOption = () => new Option("--out <folder>", "also write review.md and review.json").argParser(userPath);

/** The commands that review what Terraform would do. */
export function addReviews(root: Command, done: (code: number) => void): void {
  root
    .command("plan")
    .description("plan an environment and review the plan; nothing is changed")
    .addOption(new Option("--env <name>", "environment (envs/)").makeOptionMandatory())
    .addOption(allowOption())
    .addOption(outOption())
    .option("--json", "print the review as JSON and nothing else", false)
    .addHelpText(
      "after",
      `\nExit codes: ${EXIT_CODES}` +
        "\n\nExamples:\n  npm run plan -- --env prod --out review" +
        "\n  npm run plan -- --env dev --allow aws_sqs_queue.UploadTrigger_Uploads_Queue_1A2B3C4D",
    )
    .action(async (flags: ReviewFlags & { env: string }) => {
      const { plan } = await import("./commands/plan");
      done(await plan(flags));
    });
  root
    .command("plan-review")
    .description("review a plan that `terraform show -json` has written")
    .argument("<file>", "the JSON; - for standard input")
    .addOption(
      new Option(
        "--stack <file>",
        "the stack that was planned (cdk.tf.json): adds rules of policy, and what is known after apply",
      ).argParser(userPath),
    )
    .addOption(allowOption())
    .addOption(outOption())
    .option("--json", "print the review as JSON and nothing else", false)
    .addHelpText(
      "after",
      `\nExit codes: ${EXIT_CODES}` +
        "\n\nExamples:\n  terraform show -json tfplan > plan.json && npm run plan-review -- plan.json",
    )
    .action(async (file: string, flags: ReviewFlags) => {
      const { planReview } = await import("./commands/plan-review");
      done(planReview(file === "-" ? file : userPath(file), flags));
    });
  root
    .command("moves")
    .description("whether every stateful resource of an earlier commit is still where it was, or has a moved block")
    .option("--base <commit>", "the earlier commit", "origin/main")
    .addHelpText(
      "after",
      "\nExit codes: 0 nothing is lost · 1 it could not be told · 3 something is lost\n\nExample:\n  npm run moves -- --base v1.4.0",
    )
    .action(async (flags: { base: string }) => {
      const { moves } = await import("./commands/moves");
      done(await moves(flags));
    });
  addState(root, done);
}

const STATE_EXIT_CODES = "0 nothing found · 1 nobody can tell · 2 something found";

interface StateCommandFlags {
  readonly env: string;
  readonly json: boolean;
}

function addState(root: Command, done: (code: number) => void): void {
  const state = root.command("state").description("what Terraform's state holds, and what it does not");
  const of = (name: string, description: string) =>
    state
      .command(name)
      .description(description)
      .addOption(new Option("--env <name>", "environment (envs/)").makeOptionMandatory())
      .option("--json", "print JSON and nothing else", false);
  const codes = `\nExit codes: ${STATE_EXIT_CODES}`;
  of("inventory", "every resource: construct, module, owner, encryption, protection")
    .addOption(new Option("--csv", "print CSV").default(false).conflicts("json"))
    .addHelpText("after", "\nExample:\n  npm run --silent state -- inventory --env prod --csv > inventory.csv")
    .action(async (flags: StateCommandFlags & { csv: boolean }) => {
      const { stateInventory } = await import("./commands/state");
      await stateInventory(flags);
    });
  of("drift", "what was changed outside of Terraform; known noise is listed with its reason")
    .addHelpText("after", `${codes}\n\nExample:\n  npm run state -- drift --env prod`)
    .action(async (flags: StateCommandFlags) => {
      const { stateDrift } = await import("./commands/state");
      done(await stateDrift(flags));
    });
  of("unmanaged", "what exists in the account under our names and tags, and not in the state")
    .addHelpText("after", `${codes}\n\nExample:\n  npm run state -- unmanaged --env prod`)
    .action(async (flags: StateCommandFlags) => {
      const { stateUnmanaged } = await import("./commands/state");
      done(await stateUnmanaged(flags));
    });
}
