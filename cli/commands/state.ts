import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { names } from "../../modules/lib/naming";
import { prepare } from "../lib/environment-terraform";
import { clientConfig } from "../lib/lake";
import { count, right, table } from "../lib/table";
import { differenceLine } from "../review/differences";
import { type Drift, driftOf } from "../review/drift";
import { parsePlan } from "../review/plan";
import { Synthesis } from "../stack/synthesis";
import { csv, INVENTORY_COLUMNS, inventory, resourcesOfState } from "../state/inventory";
import { accountOf, unmanaged } from "../state/unmanaged";

export interface StateFlags {
  readonly env: string;
  readonly json: boolean;
}

/** `state inventory`: every resource of the state, and what an auditor asks of it. */
export async function stateInventory({ env, json, csv: asCsv }: StateFlags & { readonly csv: boolean }): Promise<void> {
  const { terraform, stack } = await prepare(env);
  const rows = inventory(
    resourcesOfState(await terraform.show()),
    new Synthesis(JSON.parse(readFileSync(stack, "utf8"))),
  );
  if (json) return console.log(JSON.stringify(rows, null, 2));
  const cells = rows.map((row) => INVENTORY_COLUMNS.map((column) => row[column]));
  if (asCsv) return void process.stdout.write(csv(INVENTORY_COLUMNS, cells));
  console.log(
    table(
      INVENTORY_COLUMNS.map((title) => ({ title })),
      cells,
    ).join("\n"),
  );
}

/**
 * `state drift`: what was changed outside of Terraform since it last applied.
 *
 * @param out file that receives what was changed; empty where nothing was
 * @returns the exit code, as `STATE_EXIT_CODES` of `cli/reviews.ts` says; known noise is nothing
 */
export async function stateDrift({ env, json, out }: StateFlags & { readonly out?: string }): Promise<number> {
  const { terraform, work } = await prepare(env);
  const file = path.join(work, "drift.tfplan");
  await terraform.plan({ file, refreshOnly: true });
  const drift = driftOf(parsePlan(await terraform.show(file), `the refresh of ${env}`));
  const changed = drift.filter(({ isGone, differences }) => isGone || differences.length > 0);
  const code = changed.length > 0 ? 2 : 0;
  if (json) {
    console.log(JSON.stringify({ env, drift }, null, 2));
    return code;
  }
  const lines = changed.flatMap(({ address, isGone, differences }) => [
    `  ${address}${isGone ? " is gone: the next apply makes it anew" : ""}`,
    ...differences.map((difference) => `    ${differenceLine(difference)}`),
  ]);
  const title = `Changed outside of Terraform: ${changed.length} resources of ${env}`;
  if (out !== undefined) writeFileSync(out, changed.length === 0 ? "" : `${[title, ...lines].join("\n")}\n`);
  console.log(changed.length === 0 ? `${env} is as Terraform left it.` : [title, "", ...lines].join("\n"));
  const noise = noiseRows(drift);
  if (noise.length > 0) {
    console.log("\nKnown to mean nothing (--json has each)");
    console.log(table([{ title: "type" }, { title: "attribute" }, right("times"), { title: "why" }], noise).join("\n"));
  }
  return code;
}

/** Noise of one kind in one row. */
function noiseRows(drift: readonly Drift[]): string[][] {
  const rows = new Map<string, { readonly cells: readonly [string, string, string]; times: number }>();
  for (const { address, noise } of drift) {
    for (const { path: place, why } of noise) {
      const cells = [address.split(".")[0] ?? "", /^\w+/.exec(place)?.[0] ?? place, why] as const;
      const row = rows.get(cells.join(" ")) ?? { cells: [...cells], times: 0 };
      row.times += 1;
      rows.set(cells.join(" "), row);
    }
  }
  return [...rows.values()].map(({ cells: [type, attribute, why], times }) => [type, attribute, count(times), why]);
}

/**
 * `state unmanaged`: what exists in the account under our names and tags, and in no state.
 *
 * @returns the exit code, as `STATE_EXIT_CODES` of `cli/reviews.ts` says; what has a known reason is nothing
 */
export async function stateUnmanaged({ env: name, json }: StateFlags): Promise<number> {
  const { env, terraform, local } = await prepare(name);
  const state = resourcesOfState(await terraform.show());
  const found = unmanaged(await accountOf(clientConfig(env, local), env), state, names(env));
  const code = found.some(({ known }) => known === undefined) ? 2 : 0;
  if (json) {
    console.log(JSON.stringify({ env: name, unmanaged: found }, null, 2));
    return code;
  }
  if (found.length === 0) console.log(`Everything under the names and tags of ${name} is in its state.`);
  else {
    const rows = found.map(({ kind, id, by, known }) => [
      kind,
      id,
      by,
      known ?? "nobody knows: import it, or delete it",
    ]);
    console.log(table([{ title: "kind" }, { title: "what" }, { title: "ours by" }, { title: "why" }], rows).join("\n"));
  }
  return code;
}
