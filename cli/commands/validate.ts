import { createReadStream, existsSync, statSync } from "node:fs";
import type { Dataset } from "../../contracts";
import { listed } from "../../functions/lib/printable";
import { ruleText } from "../../functions/lib/rule-text";
import { validateStream } from "../../functions/lib/validate-stream";
import { EXIT, UsageError } from "../lib/errors";
import { orInterrupted } from "../lib/interrupt";
import { shownPath } from "../lib/paths";
import { count, right, table } from "../lib/table";

/** Rules, and unknown columns, that are listed of a file: of the rules the most broken. */
const LISTED_RULES = 30;

/**
 * `pipeline validate`: judges a file on this machine exactly as step 1 of a run will.
 *
 * @returns the exit code: 0 only where the file would be accepted
 */
export async function pipelineValidate(file: string, dataset: Dataset, json: boolean): Promise<number> {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`There is no file ${shownPath(file)}.`);
  const options = { dataset, processingTime: new Date(), size: statSync(file).size };
  const report = await orInterrupted(validateStream(createReadStream(file), options));
  const { verdict, reason, format, compression, rows, badRows, rules, unknownColumns } = report;
  const code = verdict === "accepted" ? EXIT.ok : EXIT.failed;
  if (json) {
    console.log(JSON.stringify({ file: shownPath(file), dataset, ...report }, null, 2));
    return code;
  }
  console.log(`  ${shownPath(file)} would be ${verdict} as ${dataset}${reason ? `: ${reason}` : "."}`);
  console.log(
    `  ${[format ?? "unknown format", compression === "none" ? "" : compression].filter(Boolean).join(", ")}; ${count(rows)} rows, ${count(badRows)} bad`,
  );
  if (unknownColumns.length > 0) {
    console.log(`  columns that the contract does not know: ${listed(unknownColumns, LISTED_RULES)}`);
  }
  const broken = Object.entries(rules).sort(([, a], [, b]) => b.count - a.count);
  if (broken.length > 0) {
    const lines = broken
      .slice(0, LISTED_RULES)
      .map(([rule, found]) => [rule, count(found.count), found.lines.join(", "), ruleText(dataset, rule)]);
    const columns = [{ title: "rule" }, right("rows"), { title: "first lines" }, { title: "expected" }];
    console.log(["", ...table(columns, lines)].join("\n"));
  }
  return code;
}
