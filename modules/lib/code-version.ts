import { createHash } from "node:crypto";
import { version } from "../../package.json";
import { bundledFunction } from "./bundle";
import { jobPackage, jobScript } from "./job-package";
import { FUNCTION_NAMES, JOB_NAMES } from "./naming";

let cached: string | undefined;

/**
 * The version of what is deployed: the package's, and a fingerprint of all functions and jobs. The same code has the same on every machine.
 *
 * @example codeVersion(); // "0.1.0+5f2c9a01b7de"
 */
export function codeVersion(): string {
  cached ??= `${version}+${fingerprint()}`;
  return cached;
}

function fingerprint(): string {
  const hash = createHash("sha256");
  for (const name of FUNCTION_NAMES) hash.update(bundledFunction(name));
  for (const name of JOB_NAMES) hash.update(jobScript(name));
  return hash.update(jobPackage()).digest("hex").slice(0, 12);
}
