import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { digestOf } from "../lib/digest";
import { Task, warn } from "../lib/display";
import { prepare } from "../lib/environment-terraform";
import { CliError, messageOf, RefusedError } from "../lib/errors";
import { shownPath } from "../lib/paths";
import type { Review } from "../review/review";
import { PLAN_FILES } from "./plan";

export interface ApplyOptions {
  readonly env: string;
  /** Folder that `npm run plan -- --out` has written. */
  readonly plan: string;
}

/**
 * `apply`: makes exactly what a plan says that was reviewed, by the providers that planned it.
 *
 * @throws RefusedError where the plan is of another environment, is not the one that was reviewed, was refused, was made of another
 * checkout, or where the state has moved on since; CliError where there is no such plan, or with what Terraform said
 */
export async function apply({ env, plan }: ApplyOptions): Promise<void> {
  const again = `npm run plan -- --env ${env} --out ${shownPath(plan)}`;
  const [file, providers] = [path.join(plan, PLAN_FILES.plan), path.join(plan, PLAN_FILES.providers)];
  const { subject, verdict, refusals, planned } = reviewIn(path.join(plan, "review.json"), again);
  for (const one of [file, providers]) if (!existsSync(one)) throw missing(one, again);

  if (subject !== env) throw new RefusedError(`The plan in ${shownPath(plan)} is of ${subject}, not of ${env}.`);
  if (planned?.plan !== digestOf(file)) {
    throw new RefusedError(`${shownPath(file)} is not the plan that was reviewed beside it. Plan again:\n  ${again}`);
  }
  if (verdict === "refused") {
    const why = refusals.map((refusal) => `  ${refusal.why}`).join("\n");
    throw new RefusedError(`The plan of ${env} was refused:\n${why}\nPlan again, and name what is meant with --allow.`);
  }
  if (verdict === "nothing") return console.log(`There is nothing to do in ${env}.`);

  const task = new Task(`Applying the plan of ${env}`);
  const { terraform, stack, warnings } = await prepare(env, providers);
  // The plan names files by their content: those of another checkout would not be found, half-way.
  if (planned.stack !== digestOf(stack)) {
    throw new RefusedError(
      `This checkout makes another stack of ${env} than the one that was planned. Apply from the commit that was planned, or plan again:\n  ${again}`,
    );
  }
  try {
    await terraform.applyPlan(file, ({ done, total, current }) => task.update(`${done} of ${total}  ${current}`));
  } catch (error) {
    if (!messageOf(error).includes(STALE)) throw error;
    throw new RefusedError(
      `The state of ${env} has moved on since it was planned: somebody has applied something. Plan again, and read the new plan:\n  ${again}`,
    );
  }
  task.done("");
  warn(warnings);
}

/** How Terraform says that a plan is of an earlier state. */
const STALE = "Saved plan is stale";

function reviewIn(file: string, again: string): Review {
  if (!existsSync(file)) throw missing(file, again);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CliError(`${shownPath(file)} is no review: ${messageOf(error)}. Plan again:\n  ${again}`);
  }
}

function missing(file: string, again: string): CliError {
  return new CliError(`There is no ${shownPath(file)}: \`${again}\` writes it.`);
}
