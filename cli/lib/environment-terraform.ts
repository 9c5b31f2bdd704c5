import path from "node:path";
import { ENVIRONMENT_NAMES, type Environment, environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { SYNTH_FOLDER, synthesize } from "./deploy";
import { UsageError } from "./errors";
import { localEnvironment, type RunningLocal } from "./local-aws";
import { requireLocal } from "./local-registry";
import { LOCAL } from "./paths";
import { Terraform } from "./terraform";

/** An environment's stack as it is today, and Terraform on it and on its state. */
export interface Prepared {
  readonly env: Environment;
  readonly terraform: Terraform;
  /** The synthesized stack (`cdk.tf.json`). */
  readonly stack: string;
  /** Folder for what belongs to the work. */
  readonly work: string;
  readonly local?: RunningLocal;
}

/**
 * Synthesizes an environment and initializes Terraform on its state.
 *
 * @param name as typed
 * @throws UsageError where there is no such environment; CliError with what Terraform said
 */
export async function prepare(name: string): Promise<Prepared> {
  if (!ENVIRONMENT_NAMES.some((known) => known === name)) {
    throw new UsageError(`There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")}.`);
  }
  const env = environment(name);
  const local = env.platform === "local" ? await requireLocal() : undefined;
  const work = path.join(LOCAL, "plan", name);
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
  return { env, terraform, stack: path.join(stack, "cdk.tf.json"), work, ...(local === undefined ? {} : { local }) };
}
