/**
 * Files for the benchmarks: `tsx bench/generate.ts <folder> <bytes> <seed>` writes a batch of about so many bytes a dataset, and the
 * manifest that the validator's findings make of it.
 */
import { createReadStream, mkdirSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import path from "node:path";
import { eventLines } from "../cli/sample/clickstream";
import { productLines } from "../cli/sample/products";
import { reviewLines } from "../cli/sample/reviews";
import type { Tally } from "../cli/sample/rows";
import { Shop } from "../cli/sample/shop";
import { transactionLines } from "../cli/sample/transactions";
import { DATASETS, type Dataset } from "../contracts";
import type { Manifest, ManifestFile } from "../functions/lib/manifest";
import { validateStream } from "../functions/lib/validate-stream";

const DATE = "2025-01-31";
const RUN = "bench";
const PROCESSING_TIME = "2025-02-01T06:00:00Z";

/** Bytes of one file: so large that the jobs must read it in parts. */
const FILE_BYTES = 250_000_000;

/** Bytes of a sale, by which the shop gets as many customers and products as it needs. */
const SALE_BYTES = 88;

/** More rows than any file holds: files are cut by their bytes. */
const ENDLESS = 1_000_000_000;

/** Numbers of one file's records stay clear of those of the next. */
const RECORDS_A_FILE = 10_000_000;

type Lines = (name: string, index: number, tally: Tally) => Iterable<string>;

/** Writes lines until the file has so many bytes. */
async function writeLines(file: string, lines: Iterable<string>, bytes: number): Promise<void> {
  const handle = await open(file, "w");
  try {
    let written = 0;
    let text = "";
    for (const line of lines) {
      text += line;
      if (text.length < 1 << 18) continue;
      written += (await handle.write(text)).bytesWritten;
      text = "";
      if (written >= bytes) break;
    }
    await handle.write(text);
  } finally {
    await handle.close();
  }
}

async function describe(folder: string, key: string, dataset: Dataset): Promise<ManifestFile> {
  const source = createReadStream(path.join(folder, key), { highWaterMark: 1 << 20 });
  const report = await validateStream(source, { dataset, processingTime: new Date(PROCESSING_TIME) });
  const { verdict, reason, md5, format, bytes, rows, badRows, compression, bom, columns, unknownColumns, splits } =
    report;
  if (verdict !== "accepted" || md5 === undefined || format === undefined) {
    throw new Error(`The validator rejects ${key}: ${reason}`);
  }
  const found = { md5, bytes, rows, badRows, format, compression, bom, columns, unknownColumns, splits };
  return { key, etag: md5, ...found };
}

async function generate(folder: string, bytes: number, seed: number): Promise<void> {
  const shop = new Shop({ rows: Math.round(bytes / SALE_BYTES), date: DATE, seed });
  const lines: Record<Dataset, { readonly end: string; readonly lines: Lines }> = {
    transactions: {
      end: "csv",
      lines: (name, index, tally) =>
        transactionLines(shop, { name, first: index * RECORDS_A_FILE, rows: ENDLESS, late: false }, tally),
    },
    products: { end: "json", lines: (name, _, tally) => productLines(shop, { name }, tally) },
    clickstream: {
      end: "jsonl",
      lines: (name, index, tally) => eventLines(shop, { name, number: index + 1, rows: ENDLESS }, tally),
    },
    reviews: {
      end: "csv",
      lines: (name, index, tally) =>
        reviewLines(
          shop,
          { name, first: index * RECORDS_A_FILE, rows: ENDLESS, lineEnd: "\n", byteOrderMark: false },
          tally,
        ),
    },
  };
  const datasets: Manifest["datasets"] = Object.fromEntries(
    await Promise.all(
      DATASETS.map(async (dataset) => {
        const prefix = `raw/${dataset}/date=${DATE}`;
        mkdirSync(path.join(folder, prefix), { recursive: true });
        // A shop has one catalogue, however much it sells.
        const count = dataset === "products" ? 1 : Math.ceil(bytes / FILE_BYTES);
        const files: ManifestFile[] = [];
        for (let index = 0; index < count; index++) {
          const key = `${prefix}/part-${String(index + 1).padStart(3, "0")}.${lines[dataset].end}`;
          const tally = { rows: 0, bad: 0, duplicates: 0 };
          const text = lines[dataset].lines(path.basename(key), index, tally);
          await writeLines(path.join(folder, key), text, bytes / count);
          files.push(await describe(folder, key, dataset));
        }
        return [dataset, { files, excluded: [] }];
      }),
    ),
  );
  const manifest: Manifest = {
    version: 1,
    run: RUN,
    date: DATE,
    bucket: "bench",
    processingTime: PROCESSING_TIME,
    datasets,
  };
  await writeFile(path.join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function main(): Promise<void> {
  const [folder, bytes, seed] = process.argv.slice(2);
  if (folder === undefined) throw new Error("Usage: tsx bench/generate.ts <folder> <bytes a dataset> <seed>");
  await generate(folder, Number(bytes), Number(seed));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
