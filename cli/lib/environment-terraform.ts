import path from "node:path";
import { ENVIRONMENT_NAMES, type Environment, environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { synthesize } from "./deploy";
import { UsageError } from "./errors";
import { localEnvironment, type RunningLocal } from "./local-aws";
import { requireLocal } from "./local-registry";
import { PLANS } from "./paths";
import { Terraform } from "./terraform";

/** An environment's stack as it is today, and Terraform on it and on its state. */
export interface Prepared {
  readonly env: Environment;
  readonly terraform: Terraform;
  /** The synthesized stack (`cdk.tf.json`). */
  readonly stack: string;
  /** Folder for what belongs to the work. */
  readonly work: string;
  /** What its constructs warn of, a sentence each. */
  readonly warnings: readonly string[];
  readonly local?: RunningLocal;
}

/**
 * Synthesizes an environment and initializes Terraform on its state.
 *
 * @param name as typed
 * @param providers file with the providers to keep to, as Terraform has written it; without, those of the last time or the newest
 * @throws UsageError where there is no such environment; CliError with what Terraform said
 */
export async function prepare(name: string, providers?: string): Promise<Prepared> {
  if (!ENVIRONMENT_NAMES.some((known) => known === name)) {
    throw new UsageError(`There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")}.`);
  }
  const env = environment(name);
  const local = env.platform === "local" ? await requireLocal() : undefined;
  // Beside what `npm run synth` and a local AWS work in: a plan must not stand in their way.
  const work = path.join(PLANS, name);
  const out = path.join(work, "cdktf.out");
  const warnings = await synthesize(name, out, path.join(work, "synth.log"));
  const stack = path.join(out, "stacks", names(env).stack);
  const terraform = new Terraform({
    stack,
    work,
    ...(local === undefined
      ? {}
      : { env: localEnvironment(local), backend: { path: path.join(local.folder, "terraform.tfstate") } }),
  });
  await terraform.init(providers);
  return {
    env,
    terraform,
    stack: path.join(stack, "cdk.tf.json"),
    work,
    warnings,
    ...(local === undefined ? {} : { local }),
  };
}
