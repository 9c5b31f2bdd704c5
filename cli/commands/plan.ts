import path from "node:path";
import { ENVIRONMENT_NAMES, environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { SYNTH_FOLDER, synthesize } from "../lib/deploy";
import { Task } from "../lib/display";
import { UsageError } from "../lib/errors";
import { localEnvironment } from "../lib/local-aws";
import { requireLocal } from "../lib/local-registry";
import { LOCAL } from "../lib/paths";
import { Terraform } from "../lib/terraform";
import { rulesOf } from "../policy/rules";
import { type PlanReviewOptions, reviewed } from "./plan-review";

export interface PlanOptions extends PlanReviewOptions {
  readonly env: string;
}

/**
 * `plan`: plans an environment with Terraform and reviews the plan. Nothing is changed. The plan itself stays where it was made, for an
 * apply of just this plan.
 *
 * @returns the exit code, as `EXIT_CODES` of `plan-review.ts` says
 */
export async function plan({ env: name, ...options }: PlanOptions): Promise<number> {
  if (!ENVIRONMENT_NAMES.some((known) => known === name)) {
    throw new UsageError(`There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")}.`);
  }
  const env = environment(name);
  const local = env.platform === "local" ? await requireLocal() : undefined;
  const work = path.join(LOCAL, "plan", name);
  const task = options.json ? undefined : new Task(`Planning ${name}`);
  // Beside the state's own work folder: a plan must not stand in the way of an apply.
  const out = local === undefined ? SYNTH_FOLDER : path.join(work, "cdktf.out");
  await synthesize(name, out, path.join(work, "synth.log"));
  const stack = path.join(out, "stacks", names(env).stack);
  const terraform = new Terraform({
    stack,
    work,
    ...(local === undefined
      ? {}
      : { env: localEnvironment(local), backend: { path: path.join(local.folder, "terraform.tfstate") } }),
  });
  await terraform.init();
  const file = path.join(work, "tfplan");
  await terraform.plan(file);
  const shown = await terraform.show(file);
  task?.done(file);
  return reviewed(shown, `the plan of ${name}`, {
    subject: name,
    ...options,
    stack: path.join(stack, "cdk.tf.json"),
    rules: rulesOf(env),
  });
}
