import { PutObjectCommand } from "@aws-sdk/client-s3";
import { Athena } from "../../functions/lib/athena";
import { QueryFailed } from "../../functions/lib/errors";
import type { Lake } from "../lib/lake";

/** Sales of a date, one each by as many customers. */
const ROWS = 24;

const HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n";

/** Price of every sale in the n-th version of a date's file, in whole units: by it a table tells which version it holds. */
const priceOf = (version: number) => 10 + version;

/** What the tables hold of a date. */
export interface TablesState {
  /** Which version of the date's file each table holds, by its name; 0 for none, `mixed` for anything but one whole version. */
  readonly versions: Readonly<Record<string, number | "mixed">>;
}

/**
 * Puts the n-th version of a date's sales into the raw zone.
 *
 * @param version from 1
 */
export async function uploadVersion({ s3, names }: Lake, date: string, version: number): Promise<void> {
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const id = `${date}-${row}`;
    const price = `${priceOf(version)}.00`;
    return `T${id},C${id},P1,1,${price},${price},${date} ${String(row % 24).padStart(2, "0")}:00:00,completed\n`;
  });
  const Key = `raw/transactions/date=${date}/shop.csv`;
  await s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body: HEADER + lines.join("") }));
}

/** Puts one product into the raw zone. */
export async function uploadProduct({ s3, names }: Lake, date: string): Promise<void> {
  const product = { product_id: "P1", name: "Mug", category: "Kitchen", brand: "Ibis", price: 4.2, stock: 11 };
  const Key = `raw/products/date=${date}/catalogue.json`;
  await s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body: JSON.stringify([product]) }));
}

/**
 * Looks which version of a date's sales each published table holds, as any analyst would: by queries.
 *
 * @param newest the version that was uploaded last
 */
export async function lookAtTables(lake: Lake, date: string, newest: number): Promise<TablesState> {
  const [processed, curated] = [lake.names.database("processed"), lake.names.database("curated")];
  const [year, month, day] = date.split("-").map(Number);
  const ofDay = `year = ${year} AND month = ${month} AND day = ${day}`;
  const questions = {
    "processed.transactions": `SELECT count(*) AS n, sum(total_amount) AS total FROM ${processed}.transactions WHERE source_date = DATE '${date}'`,
    "curated.transactions": `SELECT count(*) AS n, sum(total_amount) AS total FROM ${curated}.transactions WHERE ${ofDay}`,
    // Customers have no date: those of the date are known by their first order.
    "curated.customers": `SELECT count(*) AS n, sum(lifetime_value) AS total FROM ${curated}.customers
      WHERE CAST(first_order_at AS date) = DATE '${date}'`,
  };
  const athena = new Athena(lake.athena, { workgroup: lake.names.workgroup });
  const versions: Record<string, number | "mixed"> = {};
  for (const [table, sql] of Object.entries(questions)) {
    versions[table] = versionOf(await ask(athena, sql, processed), newest);
  }
  return { versions };
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

function versionOf({ rows, total }: Content, newest: number): number | "mixed" {
  if (rows === 0) return 0;
  const version = total / ROWS - priceOf(0);
  return rows === ROWS && Number.isInteger(version) && version >= 1 && version <= newest ? version : "mixed";
}
