import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { REVIEW_COLUMNS } from "./reviews";
import { TRANSACTION_COLUMNS } from "./transactions";

const header = `${TRANSACTION_COLUMNS.join(",")}\n`;
const sale = "T1,C1,P1,1,9.99,9.99,2025-01-15 10:00:00,completed\n";
const event =
  '{"session_id":"S1","event_type":"page_view","page":"/","timestamp":"2025-01-15T10:00:00Z","device":"mobile"}\n';

/** Files that must be rejected as a whole, by path below the sample's folder, each with what is wrong with it. */
const BROKEN: Readonly<Record<string, { readonly wrong: string; readonly content: () => string | Buffer }>> = {
  "transactions/broken-empty.csv": { wrong: "empty", content: () => "" },
  "transactions/broken-cut-off.csv.gz": {
    wrong: "a gzip file that ends too early",
    content: () => gzipSync(header + sale.repeat(500)).subarray(0, 40),
  },
  "transactions/broken-latin1.csv": {
    wrong: "not UTF-8",
    content: () => Buffer.from(header + sale.replace("C1", "Café"), "latin1"),
  },
  "transactions/broken-reviews.csv": {
    wrong: "another dataset's file",
    content: () => `${REVIEW_COLUMNS.join(",")}\nR1,P1,C1,5,good,2025-01-15,true,0\n`,
  },
  "transactions/broken-open-quote.csv": { wrong: "ends inside quotes", content: () => `${header}T1,"C1,P1,1\n` },
  "clickstream/broken-cut-off.jsonl": { wrong: "its only line was cut off", content: () => event.slice(0, 60) },
  "products/broken-syntax.json": { wrong: "a JSON array that never ends", content: () => '[{"product_id":"P1"},' },
};

/** A rejected file that every sample holds, so that people see what becomes of one. */
export const REJECTED = {
  name: "reviews/stock-list.csv",
  content: "warehouse,sku,on_hand\nBremen,P000001,12\nLyon,P000002,0\n",
} as const;

/**
 * Writes files that must be rejected.
 *
 * @param folder the sample's folder
 * @returns number of files by dataset
 */
export async function writeBroken(folder: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, { content }] of Object.entries(BROKEN)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content());
    const dataset = path.dirname(name);
    counts[dataset] = (counts[dataset] ?? 0) + 1;
  }
  return counts;
}
