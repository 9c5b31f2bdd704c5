import { environment } from "../../envs";
import { deployLocal } from "./deploy";
import { Task } from "./display";
import { type Lake, lakeOf } from "./lake";
import { LocalAws } from "./local-aws";

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
    const env = environment("local");
    const deploying = new Task("Applying the local environment with Terraform");
    let resources = 0;
    const deployed = deployLocal(env, aws.local, folder, ({ done, total, current }) => {
      resources = total;
      deploying.update(`${done}/${total} resources  ${current}`);
    });
    await Promise.race([deployed, aws.failed()]);
    deploying.done(`${resources} resources`);
    return await Promise.race([work(lakeOf(env, aws.local), aws), aws.failed()]);
  } finally {
    await aws.stop();
  }
}
