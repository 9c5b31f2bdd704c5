import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CliError } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import { type LocalEndpoint, localEnvironment } from "../lib/local-aws";
import { ROOT } from "../lib/paths";

const execute = promisify(execFile);

/** Bytes of what a command prints. */
const MOST_PRINTED = 64 * 1024 ** 2;

/** Types a command line. @returns what it printed */
export type Shell = (line: string) => Promise<string>;

/** @returns a shell whose `aws` and `npm` reach the local AWS, whatever AWS this shell is set up for */
export function shellOf(local: LocalEndpoint): Shell {
  const options = { cwd: ROOT, env: localEnvironment(local), maxBuffer: MOST_PRINTED, signal: interrupt };
  return async (line) => {
    try {
      return (await execute("sh", ["-c", line], options)).stdout.trim();
    } catch (error) {
      interrupt.throwIfAborted();
      const { stdout = "", stderr = "" } = Object(error);
      throw new CliError(`It failed: ${line}\n${stdout}\n${stderr}`.trimEnd());
    }
  };
}
