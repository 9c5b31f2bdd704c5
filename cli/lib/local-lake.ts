import { environment } from "../../envs";
import { deployLocal } from "./deploy";
import { Task } from "./display";
import { type Lake, lakeOf } from "./lake";
import { LocalAws, type RunningLocal } from "./local-aws";

/**
 * Starts a local AWS, applies the local environment to it, does some work on it, and ends it.
 *
 * @param folder of this run
 * @param work is given up when the local AWS ends by itself
 * @returns what the work returns
 */
export async function withLocalLake<T>(folder: string, work: (lake: Lake, aws: LocalAws) => Promise<T>): Promise<T> {
  const starting = new Task("Starting the local AWS");
  const aws = await LocalAws.start(folder);
  try {
    starting.done(aws.local.endpoint);
    await Promise.race([applyLocal(aws.local), aws.failed()]);
    return await Promise.race([work(lakeOf(environment("local"), aws.local), aws), aws.failed()]);
  } finally {
    await aws.stop();
  }
}

/** Applies the local environment, as the code now is, to a local AWS: all of it, or what has changed since. */
export async function applyLocal(local: RunningLocal): Promise<void> {
  const task = new Task("Applying the local environment with Terraform");
  let changes = 0;
  await deployLocal(environment("local"), local, local.folder, ({ done, total, current }) => {
    changes = total;
    task.update(`${done}/${total} resources  ${current}`);
  });
  task.done(changes === 0 ? "no changes" : `${changes} resources`);
}
