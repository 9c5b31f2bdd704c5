import { type Command, InvalidArgumentError, Option } from "commander";
import { ASSUMPTION_NAMES, type AssumptionName } from "./cost/profile";

interface CostCommandFlags {
  readonly env: string;
  readonly gbPerDay?: number;
  readonly runsPerMonth?: number;
  readonly assume: Partial<Record<AssumptionName, number>>;
  readonly freeTier: boolean;
  readonly compare?: string[];
  readonly guide: boolean;
  readonly throughput: boolean;
  readonly explain: boolean;
  readonly json: boolean;
}

/** The command that says what a lake costs. */
export function addCost(root: Command): void {
  root
    .command("cost")
    .description("what an environment costs in a month, from its synthesized stack and how it is used")
    .addOption(new Option("--env <name>", "environment (envs/)").default("prod"))
    .addOption(new Option("--gb-per-day <number>", "raw files that arrive in a day").argParser(amount))
    .addOption(
      new Option(
        "--runs-per-month <number>",
        "runs in a month (default: as schedule and uploads start them)",
      ).argParser(amount),
    )
    .addOption(
      new Option("--assume <name=value>", "another value of an assumption (--explain lists them); may be given again")
        .argParser(assumption)
        .default({}, "none"),
    )
    .option("--free-tier", "take off what is free each month, as if the account ran nothing else", false)
    .addOption(
      new Option(
        "--compare <what...>",
        "with another environment or a stack or state as JSON; two of them with each other; a plan, before and after",
      ).conflicts(["guide", "throughput", "explain"]),
    )
    .addOption(
      new Option("--throughput", "time and cost of one run by size").default(false).conflicts(["guide", "explain"]),
    )
    .addOption(
      new Option("--guide", "the deployment guide's two bills, and what is wrong with them")
        .default(false)
        .conflicts(["explain"]),
    )
    .option("--explain", "show the formula of each line, the assumptions and the prices", false)
    .option("--json", "print JSON and nothing else", false)
    .addHelpText(
      "after",
      "\nThe bill is an estimate. docs/cost.md says what is in it." +
        "\n\nExamples:\n  npm run cost -- --env prod --gb-per-day 10 --explain" +
        "\n  npm run cost -- --env dev --compare prod" +
        "\n  npm run cost -- --compare before.json after.json" +
        "\n  terraform show -json tfplan > plan.json && npm run cost -- --compare plan.json" +
        "\n  npm run cost -- --throughput" +
        "\n  npm run cost -- --env prod --assume queriesPerDay=1000 --assume gbPerQuery=2 --json",
    )
    .action(async ({ gbPerDay, runsPerMonth, assume, freeTier, ...flags }: CostCommandFlags) => {
      const { cost } = await import("./commands/cost");
      const profile = {
        ...assume,
        ...(gbPerDay === undefined ? {} : { gbPerDay }),
        ...(runsPerMonth === undefined ? {} : { runsPerMonth }),
        freeTier,
      };
      await cost({ ...flags, profile });
    });
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("It must be a number, 0 or more.");
  }
  return value;
}

function assumption(text: string, others: Partial<Record<AssumptionName, number>>) {
  const [given = "", value = ""] = text.split("=");
  const name = ASSUMPTION_NAMES.find((known) => known === given.trim());
  if (name === undefined) {
    throw new InvalidArgumentError(
      `There is no assumption "${given}". It is one of ${ASSUMPTION_NAMES.join(", ")}, as in gbPerQuery=2.`,
    );
  }
  return { ...others, [name]: amount(value) };
}
