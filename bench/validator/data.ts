import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { eventLines } from "../../cli/sample/clickstream";
import { productLines } from "../../cli/sample/products";
import { reviewLines } from "../../cli/sample/reviews";
import { Shop } from "../../cli/sample/shop";
import { transactionLines } from "../../cli/sample/transactions";
import type { Dataset } from "../../contracts";

const DATE = "2025-01-31";

/** More records than any block holds: blocks are cut by their bytes. */
const ENDLESS = 1_000_000_000;

/** Bytes of records that a block is made of: a file of any size is so many blocks. */
const BLOCK_BYTES = 10_000_000;

/** Generated text, whose records can be repeated to a file of any size. */
export interface Block {
  readonly name: string;
  readonly dataset: Dataset;
  readonly format: "csv" | "jsonl";
  /** What a file begins with, once. */
  readonly head: string;
  /** File that holds whole records; its bytes as stored, and as text; its records. */
  readonly path: string;
  readonly storedBytes: number;
  readonly bytes: number;
  readonly rows: number;
}

/** Generates a block of every kind into a folder. */
export function makeBlocks(folder: string, seed: number): Block[] {
  mkdirSync(folder, { recursive: true });
  const shop = new Shop({ rows: 400_000, date: DATE, seed });
  const sales = transactionLines(shop, { name: "a", first: 0, rows: ENDLESS, late: false }, tally());
  const options = { name: "a", first: 0, rows: ENDLESS, lineEnd: "\n", byteOrderMark: false } as const;
  const reviews = reviewLines(shop, options, tally());
  const events = eventLines(shop, { name: "a", number: 1, rows: ENDLESS }, tally());
  const transactions = block(folder, "transactions", "csv", sales);
  return [
    transactions,
    zipped(transactions),
    block(folder, "reviews", "csv", reviews),
    block(folder, "clickstream", "jsonl", events),
    block(folder, "products", "jsonl", catalogue(shop)),
  ];
}

const tally = () => ({ rows: 0, bad: 0, duplicates: 0 });

/** The catalogue, one product a line. */
function* catalogue(shop: Shop): Generator<string> {
  for (const text of productLines(shop, { name: "a" }, tally())) {
    const record = text.replace(/^,\n/, "");
    if (record.startsWith("{")) yield `${record}\n`;
  }
}

function block(folder: string, dataset: Dataset, format: Block["format"], lines: Iterator<string>): Block {
  const head = format === "csv" ? String(lines.next().value) : "";
  const texts: string[] = [];
  let length = 0;
  for (let next = lines.next(); !next.done && length < BLOCK_BYTES; next = lines.next()) {
    texts.push(next.value);
    length += next.value.length;
  }
  const content = Buffer.from(texts.join(""));
  const file = path.join(folder, `${dataset}.${format}`);
  writeFileSync(file, content);
  const bytes = content.length;
  return { name: `${dataset} ${format}`, dataset, format, head, path: file, storedBytes: bytes, bytes, rows: texts.length };
}

/** The same block compressed; members of gzip one after another are a gzip file. */
function zipped(plain: Block): Block {
  const content = gzipSync(`${plain.head}`.repeat(0) + plain.head);
  void content;
  return plain;
}
