import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bootstrap } from "../../bootstrap";
import { environment } from "../../envs";
import { EXCEPTIONS, type Exception, JUDGED_STACKS, type JudgedStack } from "../checkov/exceptions";
import { type Finding, type Judgement, judge } from "../checkov/judge";
import { scan } from "../checkov/scan";
import { synthesize } from "../lib/deploy";
import { EXIT } from "../lib/errors";
import { LOCAL } from "../lib/paths";
import { count, right, table } from "../lib/table";

/**
 * `npm run check:policy`: checkov on the synthesized stack of every environment, and on that of bootstrap. What it finds has its reason in `cli/checkov/exceptions.ts`,
 * or fails; so does a reason that nothing needs.
 *
 * @returns the exit code
 */
export async function checkPolicy({ json }: { readonly json: boolean }): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-policy-"));
  try {
    const out = path.join(folder, "cdktf.out");
    const stacks = new Map<JudgedStack, Record<string, unknown>>();
    for (const name of JUDGED_STACKS) stacks.set(name, await synthesized(name, path.join(out, name)));
    const { passed, findings } = await scan(stacks, folder);
    const judgement = judge(findings, EXCEPTIONS);
    console.log(
      json ? JSON.stringify({ version: 1, passed, ...summary(judgement) }, null, 2) : report(passed, judgement),
    );
    return judgement.unexplained.length + judgement.stale.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Synthesizes a stack into a folder, and returns the content of its `cdk.tf.json`. */
async function synthesized(name: JudgedStack, outdir: string): Promise<Record<string, unknown>> {
  if (name === "bootstrap") synthesizeBootstrap(outdir);
  else await synthesize(name, outdir, path.join(LOCAL, "logs", "synth.log"));
  const [stack = "", ...others] = readdirSync(path.join(outdir, "stacks"));
  if (others.length > 0) throw new Error(`${name} is more than one stack: ${[stack, ...others].join(", ")}`);
  return JSON.parse(readFileSync(path.join(outdir, "stacks", stack, "cdk.tf.json"), "utf8"));
}

/** All that a bootstrap can hold: no environment has workflows before its owner names the repository. */
function synthesizeBootstrap(outdir: string): void {
  const ci = { github: "example/commerce-lake", branch: "main", provider: "own" } as const;
  bootstrap({ ...environment("prod"), ci }, true, outdir).synth();
}

/** What a program reads of it: a pattern as its text. */
function summary({ explained, unexplained, stale }: Judgement) {
  const plain = ({ on, ...exception }: Exception) => ({ ...exception, ...(on === undefined ? {} : { on: on.source }) });
  return {
    explained: explained.map(({ exception, findings }) => ({ ...plain(exception), findings: findings.length })),
    unexplained,
    stale: stale.map(plain),
  };
}

function report(passed: number, { explained, unexplained, stale }: Judgement): string {
  const columns = [{ title: "check" }, right("found"), { title: "reason why it stays" }];
  const needed = explained.filter(({ findings }) => findings.length > 0);
  const rows = needed.map(({ exception: { check, reason }, findings }) => [check, count(findings.length), reason]);
  const stays = rows.length === 0 ? [] : [...table(columns, rows), ""];
  const without = unexplained.map(
    ({ check, name, stack, resource }: Finding) => `  ${check}  ${stack}  ${resource}: ${name}`,
  );
  const idle = stale.map(({ check, reason }) => `  ${check}: "${reason}"`);
  return [
    ...stays,
    ...(without.length === 0 ? [] : ["  Mend these, or give a reason in cli/checkov/exceptions.ts:", ...without, ""]),
    ...(idle.length === 0 ? [] : ["  Nothing needs these exceptions any more; take them out:", ...idle, ""]),
    `  ${count(passed)} checks passed; ${count(rows.length)} exceptions, ${count(without.length)} findings without a reason, ${count(idle.length)} exceptions that nothing needs`,
  ].join("\n");
}
