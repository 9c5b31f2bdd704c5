import { existsSync, readdirSync } from "node:fs";
import { DATASETS } from "../../contracts";
import { UsageError } from "../lib/errors";
import { shownPath } from "../lib/paths";
import { count, table } from "../lib/table";
import { type GenerateOptions, generateSample } from "../sample/generate";

/**
 * `npm run sample`: writes generated files, and says what is in them.
 *
 * @throws UsageError where the folder holds something already
 */
export async function sample(options: GenerateOptions): Promise<void> {
  if (existsSync(options.folder) && readdirSync(options.folder).length > 0) {
    throw new UsageError(
      `${shownPath(options.folder)} is not empty.\n  try   another folder, or empty it: nothing is overwritten`,
    );
  }
  const counts = await generateSample(options);
  const rows = DATASETS.map((dataset) => {
    const { accepted, duplicate, rejected, rows: records, bad, duplicates, bytes } = counts[dataset];
    return [dataset, ...[accepted, duplicate, rejected, records, bad, duplicates, bytes].map(count)];
  });
  const numbers = ["files", "copies", "unfit", "records", "bad", "repeated", "bytes"];
  console.log(
    table([{ title: "dataset" }, ...numbers.map((title) => ({ title, align: "right" as const }))], rows).join("\n"),
  );
  console.log(
    `\n  in ${shownPath(options.folder)}; run it: npm start -- --data ${shownPath(options.folder)} --date ${options.date}`,
  );
}
