import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ENVIRONMENT_NAMES, environment, UnknownEnvironmentError } from "../../envs";
import { names } from "../../modules/lib/naming";
import { type Bill, monthlyCost, type Profile, profile, type Resource, resourcesOf, type Side } from "../cost";
import { compare } from "../cost/compare";
import { isAttributes } from "../cost/resources";
import { basis, explainBill, showBill, showComparison, showGuide, showThroughput } from "../cost/show";
import { stackOf } from "../cost/stack";
import { SIZES, throughput } from "../cost/throughput";
import { synthesize } from "../lib/deploy";
import { CliError, messageOf, UsageError } from "../lib/errors";
import { LOCAL, shownPath, userPath } from "../lib/paths";

export interface CostFlags {
  readonly env: string;
  readonly compare?: readonly string[];
  readonly guide: boolean;
  readonly throughput: boolean;
  readonly explain: boolean;
  readonly json: boolean;
  readonly profile: Partial<Profile>;
}

/**
 * `npm run cost`: what an environment costs in a month, or what becomes of a bill.
 *
 * @throws UsageError where an environment or a file is not what it has to be; CliError where a stack does not synthesize
 */
export async function cost(flags: CostFlags): Promise<void> {
  const used = profile(flags.profile);
  if (flags.guide) return showGuideOf(used, flags.json);
  if (flags.throughput) return showThroughputOf(flags, used);
  if (flags.compare !== undefined) return showDifference(flags.env, flags.compare, used, flags.json);

  const { title, resources, region } = await ofEnvironment(flags.env);
  const bill = monthlyCost(resources, used);
  if (flags.json) return printJson({ of: title, profile: used, ...bill });
  print(flags.explain ? explainBill(title, bill, used) : showBill(title, bill), basis(region, used));
}

interface Priced {
  /** As people call it. */
  readonly title: string;
  readonly resources: readonly Resource[];
  readonly region?: string;
  /** A plan has two sides. */
  readonly isPlan?: boolean;
}

/** The stack of an environment, synthesized anew. */
async function ofEnvironment(name: string): Promise<Priced> {
  const { region, ...env } = knownEnvironment(name);
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-cost-"));
  try {
    await synthesize(name, folder, path.join(LOCAL, "logs", "synth.log"));
    const file = path.join(folder, "stacks", names(env).stack, "cdk.tf.json");
    return { title: name, region, resources: resourcesOf(readJson(file), "after", file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function knownEnvironment(name: string) {
  try {
    return environment(name);
  } catch (error) {
    throw error instanceof UnknownEnvironmentError ? new UsageError(error.message) : error;
  }
}

function ofFile(file: string, side: Side): Priced {
  const document = readJson(file);
  const isPlan = isAttributes(document) && "resource_changes" in document;
  return { title: shownPath(file), resources: resourcesOf(document, side, shownPath(file)), isPlan };
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${shownPath(file)} cannot be read: ${messageOf(error)}.`);
  }
  try {
    const document: unknown = JSON.parse(text);
    return document;
  } catch (error) {
    throw new CliError(`${shownPath(file)} is no JSON: ${messageOf(error)}.`);
  }
}

/** An environment by its name, or a file. */
async function named(what: string): Promise<Priced> {
  if (ENVIRONMENT_NAMES.some((name) => name === what)) return ofEnvironment(what);
  if (what.endsWith(".json")) return ofFile(userPath(what), "after");
  throw new UsageError(
    `--compare takes an environment (${ENVIRONMENT_NAMES.join(", ")}) or JSON files of Terraform's; received "${what}".`,
  );
}

/** Two stacks: those named, the two sides of a plan that is named alone, or an environment and what it is compared with. */
async function pair(env: string, [first = "", second, ...more]: readonly string[]): Promise<readonly [Priced, Priced]> {
  if (more.length > 0) throw new UsageError(`--compare takes one or two; received ${more.length + 2}.`);
  if (second !== undefined) return [await named(first), await named(second)];
  const other = await named(first);
  if (other.isPlan !== true) return [await ofEnvironment(env), other];
  const before = ofFile(userPath(first), "before");
  return [
    { ...before, title: `${before.title} before` },
    { ...other, title: `${other.title} after` },
  ];
}

async function showDifference(env: string, others: readonly string[], used: Profile, json: boolean): Promise<void> {
  const [before, after] = await pair(env, others);
  const bills = [before, after].map(({ resources }) => monthlyCost(resources, used)) as [Bill, Bill];
  const found = compare(...bills);
  if (json) return printJson({ of: [before.title, after.title], profile: used, ...found, bills });
  print(showComparison([before.title, after.title], found), basis(after.region, used));
}

async function showGuideOf(used: Profile, json: boolean): Promise<void> {
  const bills = {
    dev: monthlyCost((await ofEnvironment("dev")).resources, used),
    prod: monthlyCost((await ofEnvironment("prod")).resources, used),
  };
  if (json) return printJson({ profile: used, bills });
  print(showGuide(bills, used.crawlerDpus), basis(undefined, used));
}

async function showThroughputOf({ env, json }: CostFlags, used: Profile): Promise<void> {
  const { title, resources } = await ofEnvironment(env);
  const jobs = stackOf(resources).ofType("aws_glue_job");
  const rows = SIZES.map((gb) => throughput(jobs, gb, used));
  if (json) return printJson({ of: title, profile: used, sizes: rows });
  print(showThroughput(title, rows));
}

const print = (...parts: readonly (readonly string[])[]) => console.log(parts.flat().join("\n"));
const printJson = (document: object) => console.log(JSON.stringify(document, undefined, 2));
