import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ENVIRONMENT_NAMES, environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { synthesize } from "../lib/deploy";
import { CliError, messageOf } from "../lib/errors";
import { LOCAL, ROOT } from "../lib/paths";
import { addressesIn, type Vanished, vanishedFrom } from "../review/vanished";
import { Synthesis } from "../stack/synthesis";

const SNAPSHOT = "__tests__/__snapshots__/main.addresses.test.ts.snap";

/**
 * `moves`: whether every stateful address of an earlier commit is still there, or accounted for by a `moved` block.
 *
 * @param base the earlier commit, as git names it
 * @returns the exit code: 0 where it is, 3 where one is lost
 * @throws CliError where there is no such commit
 */
export async function moves({ base }: { readonly base: string }): Promise<number> {
  const before = addressesIn(snapshotAt(base));
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-moves-"));
  try {
    let isRefused = false;
    for (const name of ENVIRONMENT_NAMES) {
      const addresses = before.get(name);
      // An environment that is new has nothing to lose.
      if (addresses === undefined) continue;
      await synthesize(name, folder, path.join(LOCAL, "logs", "synth.log"));
      const file = path.join(folder, "stacks", names(environment(name)).stack, "cdk.tf.json");
      const lost = vanishedFrom(addresses, new Synthesis(JSON.parse(readFileSync(file, "utf8"))));
      isRefused ||= lost.length > 0;
      console.log(`${name}: ${lost.length === 0 ? `nothing stateful is lost since ${base}` : "refused"}`);
      for (const one of lost) console.log(told(one).join("\n"));
    }
    return isRefused ? 3 : 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function told({ address, candidates: [likeliest, ...others], rename }: Vanished): string[] {
  const lines = [`  ${address} is gone, and the next apply destroys it.`];
  if (likeliest === undefined) {
    return [...lines, "    Nothing new is of its type. If that is meant, say so with `npm run plan -- --allow`."];
  }
  const more = others.length === 0 ? "" : ` (${others.length} more ${others.length === 1 ? "is" : "are"} new)`;
  return [
    ...lines,
    `    Is it ${likeliest} now${more}? Then write into envs/renames.ts`,
    rename === undefined
      ? "    the path of the construct before and now, { from: …, to: … }: the apply moves it."
      : `    { from: ${JSON.stringify(rename.from)}, to: ${JSON.stringify(rename.to)} },`,
  ];
}

function snapshotAt(base: string): string {
  try {
    return execFileSync("git", ["show", `${base}:${SNAPSHOT}`], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    throw new CliError(
      `git knows no addresses at "${base}": ${messageOf(error).split("\n")[1] ?? "it cannot be run"}\n  Name a commit that has ${SNAPSHOT}, such as origin/main; in a shallow clone, fetch it first.`,
    );
  }
}
