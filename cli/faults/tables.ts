import { PutObjectCommand } from "@aws-sdk/client-s3";
import { Athena } from "../../functions/lib/athena";
import { QueryFailed } from "../../functions/lib/errors";
import type { Lake } from "../lib/lake";

/** Datasets that have files here. */
export type PlayedDataset = "transactions" | "products";

/** Which version of a date's file a table holds; 0 for none, `mixed` for anything but one whole version. */
export type Version = number | "mixed";

/** What the published tables hold of a date: by dataset, which version of its file each of its tables. */
export type TablesState = Readonly<Partial<Record<PlayedDataset, Readonly<Record<string, Version>>>>>;

/** Records of a file: sales, one each by as many customers, of one product each. */
const ROWS = 24;

/** What each record of the n-th version of a date's file is worth: by it a table tells which version it holds. */
const worth = (version: number) => 10 + version;

/** The file of a dataset, and the tables that come of it. */
interface Played {
  readonly file: string;
  /** @returns the n-th version of a date's file */
  content(date: string, version: number): string;
  /** @returns by table, the query that tells how many records of the date it holds, and what they are worth together */
  questions(date: string, processed: string, curated: string): Readonly<Record<string, string>>;
}

const rows = <T>(make: (row: number) => T): T[] => Array.from({ length: ROWS }, (_, row) => make(row));

const DATASETS: Readonly<Record<PlayedDataset, Played>> = {
  transactions: {
    file: "shop.csv",
    content: (date, version) => {
      const header = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n";
      const price = `${worth(version)}.00`;
      const lines = rows((row) => {
        const id = `${date}-${row}`;
        return `T${id},C${id},P${id},1,${price},${price},${date} ${String(row % 24).padStart(2, "0")}:00:00,completed\n`;
      });
      return header + lines.join("");
    },
    questions: (date, processed, curated) => {
      const [year, month, day] = date.split("-").map(Number);
      return {
        "processed.transactions": `SELECT count(*) AS n, sum(total_amount) AS total FROM ${processed}.transactions
          WHERE source_date = DATE '${date}'`,
        "curated.transactions": `SELECT count(*) AS n, sum(total_amount) AS total FROM ${curated}.transactions
          WHERE year = ${year} AND month = ${month} AND day = ${day}`,
        // Customers have no date: those of the date are known by their first order.
        "curated.customers": `SELECT count(*) AS n, sum(lifetime_value) AS total FROM ${curated}.customers
          WHERE CAST(first_order_at AS date) = DATE '${date}'`,
      };
    },
  },
  products: {
    file: "catalogue.json",
    content: (date, version) =>
      JSON.stringify(
        rows((row) => ({
          product_id: `P${date}-${row}`,
          name: "Mug",
          category: "Kitchen",
          brand: "Ibis",
          price: 4.2,
          stock: worth(version),
        })),
      ),
    questions: (date, processed, curated) => ({
      "processed.products": `SELECT count(*) AS n, sum(stock) AS total FROM ${processed}.products
        WHERE source_date = DATE '${date}'`,
      "curated.products": `SELECT count(*) AS n, sum(stock) AS total FROM ${curated}.products
        WHERE product_id LIKE 'P${date}-%'`,
    }),
  },
};

/**
 * Puts the n-th version of a date's file of a dataset into the raw zone.
 *
 * @param version from 1
 */
export async function uploadVersion(
  { s3, names }: Lake,
  dataset: PlayedDataset,
  date: string,
  version: number,
): Promise<void> {
  const { file, content } = DATASETS[dataset];
  const Key = `raw/${dataset}/date=${date}/${file}`;
  await s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body: content(date, version) }));
}

/**
 * Looks which version of a date's files each published table holds, as any analyst would: by queries.
 *
 * @param newest the version that was uploaded last
 */
export async function lookAtTables(
  lake: Lake,
  datasets: readonly PlayedDataset[],
  date: string,
  newest: number,
): Promise<TablesState> {
  const [processed, curated] = [lake.names.database("processed"), lake.names.database("curated")];
  const athena = new Athena(lake.athena, { workgroup: lake.names.workgroup });
  const state: Partial<Record<PlayedDataset, Record<string, Version>>> = {};
  for (const dataset of datasets) {
    const versions: Record<string, Version> = {};
    for (const [table, sql] of Object.entries(DATASETS[dataset].questions(date, processed, curated))) {
      versions[table] = versionOf(await ask(athena, sql, processed), newest);
    }
    state[dataset] = versions;
  }
  return state;
}

interface Content {
  readonly rows: number;
  readonly total: number;
}

async function ask(athena: Athena, sql: string, database: string): Promise<Content> {
  try {
    const [row] = (await athena.query(sql, database)).rows;
    return { rows: Number(row?.n ?? 0), total: Number(row?.total ?? 0) };
  } catch (error) {
    // Before the first run there is no table.
    if (error instanceof QueryFailed && /TABLE_NOT_FOUND|does not exist/.test(error.message))
      return { rows: 0, total: 0 };
    throw error;
  }
}

function versionOf({ rows: held, total }: Content, newest: number): Version {
  if (held === 0) return 0;
  const version = total / ROWS - worth(0);
  return held === ROWS && Number.isInteger(version) && version >= 1 && version <= newest ? version : "mixed";
}
