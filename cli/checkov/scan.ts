import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CliError } from "../lib/errors";
import { LOCAL, shownPath } from "../lib/paths";
import { run } from "../lib/processes";
import { decodeJsonencode } from "../stack/expression";
import { JUDGED_STACKS, type JudgedStack } from "./exceptions";
import type { Finding } from "./judge";

/** What checkov found in all stacks. */
export interface Scan {
  readonly passed: number;
  readonly findings: readonly Finding[];
}

/** What is read of checkov's report. */
interface Report {
  readonly results: { readonly failed_checks: readonly FailedCheck[] };
  readonly summary: { readonly passed: number; readonly parsing_errors: number; readonly checkov_version: string };
}

interface FailedCheck {
  readonly check_id: string;
  readonly check_name: string;
  /** `/dev/cdk.tf.json` */
  readonly file_path: string;
  /** `aws_s3_bucket.Lake_…`, or `resource.Lake_…` */
  readonly resource: string;
}

/** The blocks that checkov judges; it cannot read cdktf's `terraform`. */
const JUDGED = ["data", "provider", "resource"] as const;

/**
 * Lays a synthesized stack out so that checkov can read it: what it judges, policies as the JSON that AWS gets.
 *
 * @param stack the content of `cdk.tf.json`
 */
export function readable(stack: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(JUDGED.flatMap((block) => (block in stack ? [[block, plain(stack[block])]] : [])));
}

function plain(value: unknown): unknown {
  if (typeof value === "string") {
    return value.startsWith("${jsonencode(") ? JSON.stringify(decodeJsonencode(value)) : value;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/**
 * Has checkov judge stacks.
 *
 * @param stacks by name, the content of `cdk.tf.json`
 * @param folder for what it reads and reports
 * @throws CliError where checkov does not run, or could not read one of them
 */
export async function scan(
  stacks: ReadonlyMap<JudgedStack, Readonly<Record<string, unknown>>>,
  folder: string,
): Promise<Scan> {
  const judged = path.join(folder, "judged");
  for (const [name, stack] of stacks) {
    mkdirSync(path.join(judged, name), { recursive: true });
    writeFileSync(path.join(judged, name, "cdk.tf.json"), JSON.stringify(readable(stack), null, 1));
  }
  const reports = path.join(folder, "report");
  const log = path.join(folder, "checkov.log");
  const python = path.join(LOCAL, "policy-venv", "bin", "python");
  const { code, tail } = await run(
    python,
    [
      ...[path.join(__dirname, "run.py"), "--framework", "terraform_json", "--directory", judged],
      ...["--skip-download", "--soft-fail", "--output", "json", "--output-file-path", reports, "--quiet"],
    ],
    { cwd: folder, env: { ...process.env, LOG_LEVEL: "WARNING" }, log },
  );
  if (code !== 0) {
    throw new CliError(
      `checkov ended with ${code}.\n${tail.map((line) => `    ${line}`).join("\n")}\n  log   ${shownPath(log)}`,
    );
  }
  return read(readFileSync(path.join(reports, "results_json.json"), "utf8"));
}

/**
 * Reads checkov's report.
 *
 * @throws CliError where it could not read what it was given, or found nothing to judge
 */
export function read(text: string): Scan {
  const parsed: Report | readonly Report[] = JSON.parse(text);
  const reports = Array.isArray(parsed) ? parsed : [parsed];
  const unread = reports.filter(({ summary }) => summary.parsing_errors > 0 || summary.passed === 0);
  if (reports.length === 0 || unread.length > 0) {
    throw new CliError("checkov could not read a synthesized stack, or found nothing in it to judge.");
  }
  return {
    passed: reports.reduce((sum, { summary }) => sum + summary.passed, 0),
    findings: reports.flatMap(({ results }) => results.failed_checks.map(findingOf)),
  };
}

function findingOf({ check_id: check, check_name: name, file_path: file, resource }: FailedCheck): Finding {
  const stack = JUDGED_STACKS.find((known) => file.split("/").includes(known));
  if (stack === undefined) throw new CliError(`checkov reports a file that it was not given: ${file}`);
  return { check, name, stack, resource: resource.slice(resource.lastIndexOf(".") + 1) };
}
