import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { wholeNumber } from "./lib/options";
import { userPath } from "./lib/paths";

interface ReviewFlags {
  readonly allow: string[];
  readonly allowFile?: string[];
  readonly json: boolean;
  readonly out?: string;
  readonly stack?: string;
}

/** The commands whose exit code is a verdict: whatever goes wrong with them ends with 1. */
export const VERDICT_COMMANDS: readonly string[] = ["plan", "plan-review", "moves", "state", "apply"];

const REVIEW_EXIT_CODES = "0 nothing to do · 1 no review could be made · 2 changes · 3 refused";

const allowOption = () =>
  new Option("--allow <address>", "a resource that may go, or be opened, nevertheless; may be given again")
    .default([], "none")
    .argParser((address: string, others: string[]) => [...others, address]);
const allowFileOption = () =>
  new Option("--allow-file <file>", "a file with one such address a line; what follows a # is a comment").argParser(
    (name: string) => addressesOf(userPath(name)),
  );
const outOption = () =>
  new Option(
    "--out <folder>",
    "also write review.md and review.json; plan: also the plan, for `npm run apply`",
  ).argParser(userPath);

/** The addresses of a file. */
function addressesOf(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new InvalidArgumentError(`${file} cannot be read.`);
  }
  return text.split("\n").flatMap((line) => line.replace(/\s*#.*/, "").trim() || []);
}

function withAllowed<T extends ReviewFlags>(flags: T): T {
  return { ...flags, allow: [...flags.allow, ...(flags.allowFile ?? [])] };
}

/** The commands that review what Terraform would do. */
export function addReviews(root: Command, done: (code: number) => void): void {
  root
    .command("plan")
    .description("plan an environment and review the plan; nothing is changed")
    .addOption(new Option("--env <name>", "environment (envs/)").makeOptionMandatory())
    .addOption(allowOption())
    .addOption(allowFileOption())
    .addOption(outOption())
    .option("--json", "print the review as JSON and nothing else", false)
    .addHelpText(
      "after",
      `\nExit codes: ${REVIEW_EXIT_CODES}` +
        "\n\nExamples:\n  npm run plan -- --env prod --out review" +
        "\n  npm run plan -- --env dev --allow aws_sqs_queue.UploadTrigger_Uploads_Queue_1A2B3C4D",
    )
    .option("--no-refresh", "plan from the state alone, without a look at the account")
    .option("--no-lock", "do not hold the state: nothing at all is written")
    .action(async (flags: ReviewFlags & { env: string; refresh: boolean; lock: boolean }) => {
      const { plan } = await import("./commands/plan");
      done(await plan(withAllowed(flags)));
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
    .addOption(allowFileOption())
    .addOption(outOption())
    .option("--json", "print the review as JSON and nothing else", false)
    .addHelpText(
      "after",
      `\nExit codes: ${REVIEW_EXIT_CODES}` +
        "\n\nExamples:\n  terraform show -json tfplan > plan.json && npm run plan-review -- plan.json",
    )
    .action(async (file: string, flags: ReviewFlags) => {
      const { planReview } = await import("./commands/plan-review");
      done(planReview(file === "-" ? file : userPath(file), withAllowed(flags)));
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
  addWorkflows(root, done);
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
    .addOption(new Option("--out <file>", "also write what was changed; empty where nothing was").argParser(userPath))
    .addHelpText("after", `${codes}\n\nExample:\n  npm run state -- drift --env prod`)
    .action(async (flags: StateCommandFlags & { out?: string }) => {
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

const APPLY_EXIT_CODES = "0 applied, or nothing to do · 1 it failed · 3 refused: nothing was changed";

/** What workflows call beside what people do. */
function addWorkflows(root: Command, done: (code: number) => void): void {
  root
    .command("apply")
    .description("apply exactly the plan that `npm run plan -- --out` has written and its review has let through")
    .addOption(new Option("--env <name>", "environment (envs/)").makeOptionMandatory())
    .addOption(new Option("--plan <folder>", "where the plan is").argParser(userPath).makeOptionMandatory())
    .addHelpText(
      "after",
      "\nRefused is a plan that is not the one beside its review, or was made of another checkout or of a state that has moved on since." +
        `\n\nExit codes: ${APPLY_EXIT_CODES}` +
        "\n\nExample:\n  npm run plan -- --env dev --out review && npm run apply -- --env dev --plan review",
    )
    .action(async (flags: { env: string; plan: string }) => {
      const { apply } = await import("./commands/apply");
      await apply(flags);
    });
  root
    .command("outdated")
    .description("packages of which there are newer ones, and prices that are old")
    .addOption(new Option("--out <file>", "also write it; empty where nothing is").argParser(userPath))
    .action(async (flags: { out?: string }) => {
      const { outdated } = await import("./commands/outdated");
      await outdated(flags);
    });
  const github = root.command("github").description("say on GitHub what was found (GITHUB_TOKEN, GITHUB_REPOSITORY)");
  github
    .command("comment")
    .description("the reviews of all environments as one comment of a pull request, written anew each time")
    .addOption(new Option("--pull <number>").argParser(wholeNumber(1, 1_000_000_000)).makeOptionMandatory())
    .option("--refuse", "end with 3 where one of them refused its plan", false)
    .argument("<reviews...>", "review.json of each environment")
    .action(async (files: string[], { pull, refuse }: { pull: number; refuse: boolean }) => {
      const { githubComment } = await import("./commands/github");
      const verdict = await githubComment(pull, files.map(userPath));
      if (refuse && verdict === "refused") done(3);
    });
  github
    .command("issue")
    .description("one issue of a title: opened, written anew, or closed where the file is empty")
    .addOption(new Option("--title <title>").makeOptionMandatory())
    .argument("<file>", "what it says")
    .action(async (file: string, { title }: { title: string }) => {
      const { githubIssue } = await import("./commands/github");
      await githubIssue(title, userPath(file));
    });
}
