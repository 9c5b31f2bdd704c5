import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { IManifest, StackAnnotation } from "cdktf";
import type { Environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { CliError } from "./errors";
import { type LocalEndpoint, localEnvironment } from "./local-aws";
import { ROOT, shownPath } from "./paths";
import { run } from "./processes";
import { Terraform, type TerraformProgress } from "./terraform";

/** Where `npm run synth` writes. */
export const SYNTH_FOLDER = path.join(ROOT, "cdktf.out");

/** How cdktf marks a warning. Its own constant would have every command load cdktf. */
const WARNING: `${StackAnnotation["level"]}` = "@cdktf/warn";

/** The app that goes to AWS. */
const MAIN = path.join(ROOT, "main.ts");

/**
 * Synthesizes an environment's stack, in a process of its own.
 *
 * @param env name of the environment
 * @param folder receives `stacks/…`
 * @param log file that receives what is said
 * @param app the program that synthesizes
 * @returns what is to be warned of, a sentence each
 * @throws CliError with what was said
 */
export async function synthesize(env: string, folder: string, log: string, app = MAIN): Promise<string[]> {
  const tsx = createRequire(path.join(ROOT, "package.json")).resolve("tsx");
  mkdirSync(path.dirname(folder), { recursive: true });
  const { code, tail } = await run(process.execPath, ["--import", pathToFileURL(tsx).href, app], {
    cwd: ROOT,
    env: { ...process.env, LAKE_ENV: env, CDKTF_OUTDIR: folder },
    log,
  });
  if (code === 0) return warningsIn(folder);
  const said = tail.map((line) => `    ${line}`).join("\n");
  throw new CliError(`The stack of ${env} does not synthesize.\n${said}\n  log   ${shownPath(log)}`);
}

/** What the constructs of the stacks that were just synthesized warn of, as the manifest of cdktf keeps it. */
function warningsIn(folder: string): string[] {
  // Written by cdktf, whose type it is.
  const { stacks }: IManifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
  return Object.values(stacks).flatMap(({ annotations }) =>
    annotations.filter(({ level }) => level === WARNING).map(({ message }) => message),
  );
}

/**
 * Makes the local lake: the very stack that goes to AWS, synthesized and applied to the local AWS.
 *
 * @param folder of this run; the stack, Terraform's state and the logs go there
 * @param onProgress called as resources are made
 * @param app the program that synthesizes
 */
export async function deployLocal(
  env: Environment,
  local: LocalEndpoint,
  folder: string,
  onProgress: (progress: TerraformProgress) => void,
  app = MAIN,
): Promise<void> {
  const out = path.join(folder, "cdktf.out");
  await synthesize(env.name, out, path.join(folder, "synth.log"), app);
  const terraform = new Terraform({
    stack: path.join(out, "stacks", names(env).stack),
    work: folder,
    env: localEnvironment(local),
    // Each local AWS is a new one, so is its state.
    backend: { path: path.join(folder, "terraform.tfstate") },
  });
  await terraform.init();
  await terraform.apply(onProgress);
}
