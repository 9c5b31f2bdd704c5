import { environment } from "../../envs";
import { deployLocal } from "./deploy";
import { Task } from "./display";
import { type Lake, lakeOf } from "./lake";
import { LocalAws, type LocalOptions, type RunningLocal } from "./local-aws";
import type { TerraformProgress } from "./terraform";

/**
 * Starts a local AWS, applies the local environment to it, does some work on it, and ends it.
 *
 * @param folder of this run
 * @param work is given up when the local AWS ends by itself
 * @param options of the local AWS; `app`: the program that synthesizes, instead of `main.ts`
 * @returns what the work returns
 */
export async function withLocalLake<T>(
  folder: string,
  work: (lake: Lake, aws: LocalAws) => Promise<T>,
  { app, ...options }: LocalOptions & { readonly app?: string } = {},
): Promise<T> {
  const starting = new Task("Starting the local AWS");
  const aws = await LocalAws.start(folder, options);
  try {
    starting.done(aws.local.endpoint);
    await Promise.race([applyLocal(aws.local, app), aws.failed()]);
    return await Promise.race([work(lakeOf(environment("local"), aws.local), aws), aws.failed()]);
  } finally {
    await aws.stop();
  }
}

/** Applies the local environment, as the code now is, to a local AWS: all of it, or what has changed since. */
export async function applyLocal(local: RunningLocal, app?: string): Promise<void> {
  const task = new Task("Applying the local environment with Terraform");
  let changes = 0;
  const show = ({ done, total, current }: TerraformProgress) => {
    changes = total;
    task.update(`${done}/${total} resources  ${current}`);
  };
  await deployLocal(environment("local"), local, local.folder, show, app);
  task.done(changes === 0 ? "no changes" : `${changes} resources`);
}
