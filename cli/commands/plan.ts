import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { digestOf } from "../lib/digest";
import { Task, warn } from "../lib/display";
import { prepare } from "../lib/environment-terraform";
import { rulesOf } from "../policy/rules";
import { type PlanReviewOptions, reviewed } from "./plan-review";

export interface PlanOptions extends PlanReviewOptions {
  readonly env: string;
  /** Whether to ask the account what is there, rather than the state alone. */
  readonly refresh: boolean;
  /** Whether to hold the state meanwhile. */
  readonly lock: boolean;
}

/** What `--out` receives beside the review: the plan, and the versions and checksums of the providers that made it. */
export const PLAN_FILES = { plan: "tfplan", providers: "providers.lock.hcl" } as const;

/**
 * `plan`: plans an environment with Terraform and reviews the plan. Nothing is changed. The plan itself stays where it was made, or goes to
 * `--out`, for an apply of just this plan.
 *
 * @returns the exit code, as `REVIEW_EXIT_CODES` of `cli/reviews.ts` says
 */
export async function plan({ env: name, refresh, lock, ...options }: PlanOptions): Promise<number> {
  const task = options.json ? undefined : new Task(`Planning ${name}`);
  const { env, terraform, stack, work, warnings } = await prepare(name);
  const file = path.join(work, PLAN_FILES.plan);
  await terraform.plan({ file, refresh, lock });
  const shown = await terraform.show(file);
  task?.done(file);
  warn(warnings);
  if (options.out !== undefined) {
    mkdirSync(options.out, { recursive: true });
    copyFileSync(file, path.join(options.out, PLAN_FILES.plan));
    copyFileSync(terraform.providers, path.join(options.out, PLAN_FILES.providers));
  }
  const planned = { plan: digestOf(file), stack: digestOf(stack) };
  return reviewed(shown, `the plan of ${name}`, { subject: name, ...options, stack, rules: rulesOf(env), planned });
}
