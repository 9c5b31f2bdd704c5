import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { eventLines } from "../../cli/sample/clickstream";
import { productLines } from "../../cli/sample/products";
import { reviewLines } from "../../cli/sample/reviews";
import { Shop } from "../../cli/sample/shop";
import { transactionLines } from "../../cli/sample/transactions";
import type { Dataset } from "../../contracts";

/** When the generated events are, and a moment after the last of them. */
const DATE = "2025-01-31";
export const PROCESSING_TIME = "2025-02-01T06:00:00Z";

/** Sales of the shop that the records are of. */
const SALES = 400_000;

/** More records than any block holds: blocks are cut by their bytes. */
const ENDLESS = 1_000_000_000;

/** Characters of a block's records: a file of any size is so many blocks. */
const BLOCK_LENGTH = 10_000_000;

/** Generated records that are repeated to a file of any size. */
export interface Block {
  readonly name: string;
  readonly dataset: Dataset;
  readonly format: "csv" | "jsonl";
  readonly compression: "none" | "gzip";
  /** File with what comes before the first block, and file with the block, both as they are stored. */
  readonly head: string;
  readonly body: string;
  /** Bytes of the block as text, and its records. */
  readonly bytes: number;
  readonly rows: number;
}

/** Generates the blocks into a folder: the same ones for the same seed. */
export function makeBlocks(folder: string, seed: number): readonly Block[] {
  const shop = new Shop({ rows: SALES, date: DATE, seed });
  const tally = { rows: 0, bad: 0, duplicates: 0 };
  const many = { first: 0, rows: ENDLESS };
  const sales = transactionLines(shop, { name: "transactions", late: false, ...many }, tally);
  const reviews = reviewLines(shop, { name: "reviews", lineEnd: "\n", byteOrderMark: false, ...many }, tally);
  const events = eventLines(shop, { name: "clickstream", number: 1, rows: ENDLESS }, tally);
  mkdirSync(folder, { recursive: true });
  const transactions = take(sales, true);
  return [
    store(folder, "transactions", "csv", transactions),
    store(folder, "clickstream", "jsonl", take(events, false)),
    store(folder, "products", "jsonl", take(catalogue(shop), false)),
    store(folder, "reviews", "csv", take(reviews, true)),
    store(folder, "transactions", "csv", transactions, "gzip"),
  ];
}

/** The catalogue, one product a line. */
function* catalogue(shop: Shop): Generator<string> {
  for (const text of productLines(shop, { name: "products" }, { rows: 0, bad: 0, duplicates: 0 })) {
    const record = text.replace(/^,\n/, "");
    if (record.startsWith("{")) yield `${record}\n`;
  }
}

interface Text {
  readonly head: string;
  readonly records: readonly string[];
}

function take(lines: Iterable<string>, hasHead: boolean): Text {
  const texts: string[] = [];
  let length = 0;
  for (const line of lines) {
    texts.push(line);
    length += line.length;
    if (length >= BLOCK_LENGTH) break;
  }
  return { head: hasHead ? (texts[0] ?? "") : "", records: texts.slice(hasHead ? 1 : 0) };
}

function store(
  folder: string,
  dataset: Dataset,
  format: Block["format"],
  { head, records }: Text,
  compression: Block["compression"] = "none",
): Block {
  // Members of gzip one after another are a gzip file.
  const stored = (text: string) => (compression === "gzip" ? gzipSync(text) : text);
  const file = path.join(folder, `${dataset}.${format}${compression === "gzip" ? ".gz" : ""}`);
  const text = records.join("");
  writeFileSync(`${file}.head`, stored(head));
  writeFileSync(file, stored(text));
  return {
    name: `${dataset} ${format}${compression === "gzip" ? " gzip" : ""}`,
    dataset,
    format,
    compression,
    head: `${file}.head`,
    body: file,
    bytes: Buffer.byteLength(text),
    rows: records.length,
  };
}
