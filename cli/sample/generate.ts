import { copyFile, mkdir, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { DATASETS, type Dataset } from "../../contracts";
import { interrupt } from "../lib/interrupt";
import { REJECTED, writeBroken } from "./broken";
import { eventLines } from "./clickstream";
import { productLines } from "./products";
import { reviewLines } from "./reviews";
import type { Tally } from "./rows";
import { type SampleOptions, Shop } from "./shop";
import { transactionLines } from "./transactions";

/** What a generated dataset holds, and so what a batch must say of it. */
export interface SampleCounts extends Tally {
  accepted: number;
  duplicate: number;
  rejected: number;
  /** Bytes of the accepted files. */
  bytes: number;
}

export interface GenerateOptions extends SampleOptions {
  /** Folder that receives a folder a dataset. */
  readonly folder: string;
  /** Also write files that must be rejected, of every kind. */
  readonly broken: boolean;
}

/** How much of everything there is, for one transaction. */
const PROPORTIONS = { eventsPerTransaction: 2, reviewsPerTransaction: 0.1, lateShare: 0.03 } as const;

/** Fewest reviews: three files in which every kind of fault comes. */
const MIN_REVIEWS = 750;

/** Rows of one file at most. */
const ROWS_A_FILE = 1_000_000;

/** Characters that are gathered before they are written. */
const BUFFER = 1 << 18;

/** Writes a file, holding no more of it than a buffer. @returns its bytes */
async function writeLines(file: string, lines: Iterable<string>): Promise<number> {
  const handle = await open(file, "w");
  let bytes = 0;
  try {
    let text = "";
    const flush = async () => {
      interrupt.throwIfAborted();
      const buffer = Buffer.from(text);
      text = "";
      bytes += buffer.length;
      await handle.writeFile(buffer);
    };
    for (const line of lines) {
      text += line;
      if (text.length >= BUFFER) await flush();
    }
    await flush();
  } finally {
    await handle.close();
  }
  return bytes;
}

/** Cuts rows into files of bearable size. */
function parts(rows: number): { readonly number: number; readonly first: number; readonly rows: number }[] {
  const count = Math.max(1, Math.ceil(rows / ROWS_A_FILE));
  return Array.from({ length: count }, (_, index) => {
    const first = index * ROWS_A_FILE;
    return { number: index + 1, first, rows: Math.min(ROWS_A_FILE, rows - first) };
  });
}

const numbered = (name: string, number: number, end: string) => `${name}-${String(number).padStart(3, "0")}${end}`;

/**
 * Writes the files that the sources would send for one batch date: a month of events, regular customers, late sales, bad records of every
 * kind, repeated keys, a file that comes twice and one that does not belong. The same options give the same bytes.
 *
 * @returns what each dataset holds
 */
export async function generateSample(options: GenerateOptions): Promise<Record<Dataset, SampleCounts>> {
  const shop = new Shop(options);
  const nothing = { rows: 0, bad: 0, duplicates: 0, accepted: 0, duplicate: 0, rejected: 0, bytes: 0 };
  const counts: Record<Dataset, SampleCounts> = {
    transactions: { ...nothing },
    products: { ...nothing },
    clickstream: { ...nothing },
    reviews: { ...nothing },
  };
  for (const dataset of DATASETS) await mkdir(path.join(options.folder, dataset), { recursive: true });
  const write = async (dataset: Dataset, name: string, lines: (tally: Tally) => Iterable<string>) => {
    const tally = counts[dataset];
    tally.bytes += await writeLines(path.join(options.folder, dataset, name), lines(tally));
    tally.accepted += 1;
  };

  await write("products", "catalogue.json", (tally) => productLines(shop, { name: "catalogue.json" }, tally));
  await writeTransactions(shop, options, write);
  for (const part of parts(Math.round(options.rows * PROPORTIONS.eventsPerTransaction))) {
    const name = numbered("events", part.number, ".jsonl");
    await write("clickstream", name, (tally) => eventLines(shop, { ...part, name }, tally));
  }
  await writeReviews(shop, options, write);

  const sales = path.join(options.folder, "transactions");
  await mkdir(path.join(sales, RESENT));
  await copyFile(path.join(sales, LATE), path.join(sales, RESENT, LATE));
  counts.transactions.duplicate += 1;
  await writeFile(path.join(options.folder, REJECTED.name), REJECTED.content);
  counts.reviews.rejected += 1;
  if (options.broken) {
    const broken = await writeBroken(options.folder);
    for (const dataset of DATASETS) counts[dataset].rejected += broken[dataset] ?? 0;
  }
  return counts;
}

type Write = (dataset: Dataset, name: string, lines: (tally: Tally) => Iterable<string>) => Promise<void>;

const LATE = "late-sales.csv";

/** The folder of what a source sends a second time. */
const RESENT = "resent";

async function writeTransactions(shop: Shop, { rows }: SampleOptions, write: Write): Promise<void> {
  const late = Math.floor(rows * PROPORTIONS.lateShare);
  for (const part of parts(rows - late)) {
    const name = numbered("sales", part.number, ".csv");
    await write("transactions", name, (tally) => transactionLines(shop, { ...part, name, late: false }, tally));
  }
  const file = { name: LATE, first: rows - late, rows: late, late: true };
  await write("transactions", LATE, (tally) => transactionLines(shop, file, tally));
}

/** Reviews come from three systems, each with its own idea of CSV. */
async function writeReviews(shop: Shop, { rows }: SampleOptions, write: Write): Promise<void> {
  const total = Math.max(MIN_REVIEWS, Math.floor(rows * PROPORTIONS.reviewsPerTransaction));
  const third = Math.floor(total / 3);
  const systems = [
    { name: "web.csv", first: 0, rows: total - 2 * third, lineEnd: "\n", byteOrderMark: false },
    { name: "stores.csv", first: total - 2 * third, rows: third, lineEnd: "\r\n", byteOrderMark: false },
    { name: "partners.csv", first: total - third, rows: third, lineEnd: "\n", byteOrderMark: true },
  ] as const;
  for (const file of systems) await write("reviews", file.name, (tally) => reviewLines(shop, file, tally));
}
