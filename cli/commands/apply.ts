import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Task } from "../lib/display";
import { prepare } from "../lib/environment-terraform";
import { CliError } from "../lib/errors";
import { shownPath } from "../lib/paths";
import type { Review } from "../review/review";

export interface ApplyOptions {
  readonly env: string;
  /** Folder that `npm run plan -- --out` has written: `tfplan` and `review.json`. */
  readonly plan: string;
}

/**
 * `apply`: makes exactly what a plan says that was reviewed. Terraform itself refuses a plan of a state that has moved on since.
 *
 * @throws CliError where there is no such plan, it is of another environment, or its review refused it
 */
export async function apply({ env, plan }: ApplyOptions): Promise<void> {
  const [file, reviewed] = [path.join(plan, "tfplan"), path.join(plan, "review.json")];
  for (const one of [file, reviewed]) {
    if (!existsSync(one)) {
      throw new CliError(
        `There is no ${shownPath(one)}: \`npm run plan -- --env ${env} --out ${shownPath(plan)}\` writes it.`,
      );
    }
  }
  const review: Review = JSON.parse(readFileSync(reviewed, "utf8"));
  if (review.subject !== env)
    throw new CliError(`The plan in ${shownPath(plan)} is of ${review.subject}, not of ${env}.`);
  if (review.verdict === "refused") {
    const why = review.refusals.map((refusal) => `  ${refusal.why}`).join("\n");
    throw new CliError(`The plan of ${env} was refused:\n${why}\nPlan again, and name what is meant with --allow.`);
  }
  if (review.verdict === "nothing") return console.log(`There is nothing to do in ${env}.`);
  const task = new Task(`Applying the plan of ${env}`);
  const { terraform } = await prepare(env);
  await terraform.applyPlan(file, ({ done, total, current }) => task.update(`${done} of ${total}  ${current}`));
  task.done("");
}
