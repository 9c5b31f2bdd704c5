import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { localEnvironment, type RunningLocal } from "../../../cli/lib/local-aws";
import { ROOT } from "../../../cli/lib/paths";
import { terraformEnvironment } from "../../../cli/lib/terraform-config";

/** How a command ended, and all that it said. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls one tool with further arguments; fails, with what was said, on an exit code that is not expected. */
export type Tool = (args: readonly string[], expected?: number) => Promise<Said>;

/**
 * Terraform as a person runs it, by its own name in the folder of a stack.
 *
 * @param stack folder with the configuration
 * @param work folder for what Terraform keeps; another one than that of whoever runs at the same time
 * @param aws where to, if anywhere
 */
export function terraformIn(stack: string, work: string, aws?: RunningLocal): Tool {
  const env: NodeJS.ProcessEnv = { ...environment(work, aws), TF_DATA_DIR: path.join(work, "data") };
  return (args, expected = 0) => call(env.TERRAFORM || "terraform", args, { cwd: stack, env }, expected);
}

/**
 * cdktf's command line, which runs `main.ts` as `cdktf.json` says.
 *
 * @param work folder for what it keeps
 * @param aws where to, if anywhere
 */
export function cdktf(work: string, aws?: RunningLocal): Tool {
  const env = {
    ...environment(work, aws),
    // It would keep providers in the home folder.
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1",
    CI: "1",
  };
  const command = path.join(ROOT, "node_modules", ".bin", "cdktf");
  return (args, expected = 0) => call(command, args, { cwd: ROOT, env }, expected);
}

/**
 * The project's own npm scripts, as people and workflows call them.
 *
 * @param work folder for what they keep of plans
 * @param aws where to
 */
export function npmScripts(work: string, aws: RunningLocal): Tool {
  const env = { ...environment(work, aws), LAKE_PLANS: path.join(work, "plans") };
  return ([script = "", ...args], expected = 0) =>
    call("npm", ["run", "--silent", script, "--", ...args], { cwd: ROOT, env }, expected);
}

function environment(work: string, aws?: RunningLocal): NodeJS.ProcessEnv {
  mkdirSync(work, { recursive: true });
  return terraformEnvironment({ ...localEnvironment(aws), NO_COLOR: "1", FORCE_COLOR: "0" }, work);
}

/** A command that runs. */
export interface Running {
  /** Ends it at once, as a machine that goes away does. */
  kill(): void;
  readonly said: Promise<Said>;
}

/** Starts Terraform in the folder of a stack, as `terraformIn` does, and does not wait for its end. */
export function startTerraform(stack: string, work: string, aws: RunningLocal, args: readonly string[]): Running {
  const env: NodeJS.ProcessEnv = { ...environment(work, aws), TF_DATA_DIR: path.join(work, "data") };
  return start(env.TERRAFORM || "terraform", args, { cwd: stack, env });
}

function start(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]).then(([stdout, stderr]) => ({
    code: child.exitCode,
    stdout,
    stderr,
  }));
  return { kill: () => void child.kill("SIGKILL"), said };
}

async function call(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  expected: number,
): Promise<Said> {
  const said = await start(command, args, options).said;
  if (said.code !== expected) {
    const { code, stdout, stderr } = said;
    throw new Error(`${command} ${args.join(" ")} ended with ${code}, not ${expected}\n${stdout}\n${stderr}`);
  }
  return said;
}
