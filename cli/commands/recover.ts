import { ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import { confirmed } from "../lib/confirm";
import { CliError, EXIT, UsageError } from "../lib/errors";
import { orInterrupted } from "../lib/interrupt";
import { findLake, type Lake } from "../lib/lake";
import { count, table } from "../lib/table";
import { type Comparison, compare, type Difference, holders, keyText, tableOf, writeBack } from "../recover/ledger";
import type { Ledger } from "../recover/names";
import { planRepairs, repair } from "../recover/objects";

/** Keys that are listed for people. */
const LISTED = 20;

interface RecoverOptions {
  readonly env: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export interface RecoverObjectsOptions extends RecoverOptions {
  readonly prefix: string;
  readonly at: Date;
}

/**
 * `recover objects`: brings objects back as they were at a time, from their versions.
 *
 * @returns the exit code: 0 where they are, or were so already
 */
export async function recoverObjects({ env, prefix, at, dryRun, yes, json }: RecoverObjectsOptions): Promise<number> {
  const say = (lines: readonly string[]) => {
    if (!json) console.log(lines.join("\n"));
  };
  if (at.getTime() > Date.now()) throw new UsageError(`--at ${at.toISOString()} is still to come.`);
  const lake = await findLake(env);
  const repairs = await orInterrupted(planRepairs(lake, prefix, at.getTime()));
  const copies = repairs.filter(({ kind }) => kind === "copy").length;
  const place = `${lake.names.bucket}/${prefix}`;
  if (json) console.log(JSON.stringify({ prefix, at, repairs }, null, 2));
  if (repairs.length === 0) {
    say([
      `  Of what lay below ${place} at ${at.toISOString()}, nothing is gone or overwritten that still has its version.`,
    ]);
    return EXIT.ok;
  }
  const what = { undelete: "deleted", copy: "overwritten" } as const;
  const rows = repairs.slice(0, LISTED).map(({ kind, key }) => [what[kind], key]);
  say([
    ...table([{ title: "since then" }, { title: "object" }], rows),
    ...(repairs.length > LISTED ? [`  and ${count(repairs.length - LISTED)} more`] : []),
    "",
    `  Since ${at.toISOString()}: ${count(repairs.length - copies)} deleted, ${count(copies)} overwritten.`,
    ...(copies > 0 && prefix.startsWith("raw/")
      ? [
          "  What is copied counts as an upload: it is validated, and a run of its date starts by itself if the newest one went without it.",
        ]
      : []),
  ]);
  if (dryRun) {
    say(["  Nothing was changed."]);
    return EXIT.ok;
  }
  if (!(await confirmed(`Bring ${count(repairs.length)} objects of ${env} back?`, yes))) return EXIT.interrupted;
  await repair(lake, repairs);
  say([`  Brought back: ${count(repairs.length)}.`]);
  return EXIT.ok;
}

export interface RecoverLedgerOptions extends RecoverOptions {
  readonly ledger: Ledger;
  /** Name of the restored table. */
  readonly from: string;
  /** Whether entries that differ are replaced too. */
  readonly replace: boolean;
}

/**
 * `recover ledger`: writes what a restored table has and the ledger lacks back into the ledger.
 *
 * @returns the exit code: 0 where the ledger has all that was to be written
 */
export async function recoverLedger(options: RecoverLedgerOptions): Promise<number> {
  const { env, ledger, from, replace, dryRun, yes, json } = options;
  const lake = await findLake(env);
  const target = tableOf(lake, ledger);
  if (from === target)
    throw new UsageError(`${from} is the ledger itself; --from takes the table that was restored beside it.`);
  const say = (lines: readonly string[]) => {
    if (!json) console.log(lines.join("\n"));
  };
  const found = await orInterrupted(compareWith(from, () => compare(lake, ledger, from)));
  const todo = [...found.missing, ...(replace ? found.different : [])];
  if (json) console.log(JSON.stringify(comparisonJson(found), null, 2));
  say(comparisonLines(found, target, from, replace));
  if (dryRun || todo.length === 0) {
    say([todo.length === 0 ? "  There is nothing to write." : "  Nothing was written."]);
    return EXIT.ok;
  }
  await refuseWhileRunning(lake, env);
  if (!(await confirmed(`Write ${count(todo.length)} entries into ${target}?`, yes))) return EXIT.interrupted;
  const changed = await writeBack(lake, target, todo);
  say([`  Written: ${count(todo.length - changed.length)}.`]);
  if (changed.length === 0) return EXIT.ok;
  throw new CliError(
    `${changed.length} were written by somebody else meanwhile and stay so, such as ${changed[0]}.\n  try   the same again with --dry-run`,
  );
}

async function compareWith<T>(from: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new UsageError(
      `There is no table ${from}, or no ledger to write to.\n  try   aws dynamodb describe-table --table-name ${from}`,
    );
  }
}

async function refuseWhileRunning(lake: Lake, env: string): Promise<void> {
  const held = await holders(lake);
  const [first] = held;
  if (first === undefined) return;
  const [what, run] = first;
  throw new CliError(
    `${run} holds ${what}: while a run writes to the ledgers, they cannot be restored.\n` +
      `  try   wait for its end, or npm run pipeline -- stop ${run} --env ${env}`,
  );
}

const keysOf = (differences: readonly Difference[]) => differences.map(({ restored }) => keyText(restored));

function comparisonJson({ items, missing, different }: Comparison) {
  return { items, missing: keysOf(missing), different: keysOf(different) };
}

function comparisonLines(
  { items, missing, different }: Comparison,
  target: string,
  from: string,
  replace: boolean,
): string[] {
  const all = [
    ...keysOf(missing).map((key) => ["is missing", key]),
    ...keysOf(different).map((key) => [replace ? "is replaced" : "differs, stays", key]),
  ];
  return [
    ...(all.length === 0 ? [] : [...table([{ title: target }, { title: "entry" }], all.slice(0, LISTED))]),
    ...(all.length > LISTED ? [`  and ${count(all.length - LISTED)} more`] : []),
    "",
    `  ${from} has ${count(items)} entries. Missing in ${target}: ${count(missing.length)}; different there: ${count(different.length)}${replace || different.length === 0 ? "" : " (--replace takes the restored ones)"}.`,
  ];
}
