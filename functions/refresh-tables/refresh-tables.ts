import {
  type Column,
  contracts,
  curatedColumns,
  type Dataset,
  isCuratedTable,
  isDataset,
  processedColumns,
} from "../../contracts";
import { type QueryRunner, quoted } from "../lib/athena";
import type { Catalog } from "../lib/catalog";
import { TableMismatch } from "../lib/errors";
import type { RunContext } from "../lib/event";
import type { LakeObjects } from "../lib/lake-objects";
import { runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import { printable } from "../lib/printable";
import { DEFAULTS, dueUpkeep } from "./maintenance";
import { compareTable } from "./table-check";
import { parseTableMetadata, type TableState } from "./table-state";
import { VIEWS } from "./views";

export interface RefreshTablesEvent extends RunContext {
  readonly withFiles: readonly Dataset[];
}

/** A published table, and what was done to it. */
export interface RefreshedTable {
  readonly table: string;
  readonly snapshot: string | null;
  readonly rows: number;
  readonly files: number;
  readonly actions: readonly string[];
}

export interface RefreshTablesResult {
  readonly tables: readonly RefreshedTable[];
  readonly views: readonly string[];
}

export interface RefreshTablesClients {
  readonly bucket: string;
  readonly processedDatabase: string;
  readonly curatedDatabase: string;
  readonly athena: QueryRunner;
  readonly catalog: Pick<Catalog, "table">;
  readonly objects: LakeObjects;
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Makes sure that what the merge published can be relied on: every table is what its contract says, the views fit, and tables that have become
 * too many files or snapshots are tidied up.
 *
 * @throws TableMismatch that lists every table which is not what its contract says. QueryFailed where a view cannot be created.
 */
export async function refreshTables(
  event: RefreshTablesEvent,
  clients: RefreshTablesClients,
): Promise<RefreshTablesResult> {
  const { athena, curatedDatabase, now, logger } = clients;
  const names = await publishedTables(event, clients);
  const examined = await Promise.all(names.map((name) => examine(name, clients)));
  const faults = examined.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
  if (faults.length > 0) {
    throw new TableMismatch(
      `Published tables are not what their contracts say. ${faults.map((fault) => printable(fault, 400)).join("; ")}.`,
    );
  }
  const views = VIEWS.filter((view) => names.includes(`${curatedDatabase}.${view.from}`));
  for (const view of views) {
    await athena.query(`CREATE OR REPLACE VIEW ${quoted(view.name)} AS\n${view.sql}`, curatedDatabase);
  }
  // Last, and only for a while: readers need the views, and nobody waits for upkeep.
  const until = now() + DEFAULTS.beginWithinMs;
  const tables: RefreshedTable[] = [];
  for (const { name, state, unknown } of examined) {
    const { snapshot = null, rows, files } = state;
    const drift = unknown.map((column) => `unknown column ${printable(column)}`);
    const actions = [...drift, ...(await tidy(name, state, until, clients))];
    tables.push({ table: name, snapshot, rows, files, actions });
  }
  logger.info("tables refreshed", { tables, views: views.map((view) => view.name) });
  return { tables, views: views.map((view) => view.name) };
}

/** The tables that the merge says it published. */
async function publishedTables(event: RefreshTablesEvent, { objects }: RefreshTablesClients): Promise<string[]> {
  const key = runKey(event, "jobs/master_data_merge.json");
  const report = await objects.readJson(key);
  const tables = typeof report === "object" && report !== null && "tables" in report ? report.tables : undefined;
  if (!Array.isArray(tables)) {
    throw new Error(`The merge left no list of tables in ${key}: nothing is known to be published.`);
  }
  return tables.map(({ table }: { readonly table: unknown }) => String(table)).sort();
}

async function examine(name: string, clients: RefreshTablesClients) {
  const [database = "", table = ""] = name.split(".");
  const found = await clients.catalog.table(database, table);
  if (found === undefined) {
    return { name, state: parseTableMetadata("{}"), faults: ["it is not in the catalog"], unknown: [] };
  }
  return {
    name,
    state: await readState(name, found.Parameters?.metadata_location, clients),
    ...compareTable(found, columnsOf(name, clients)),
  };
}

function columnsOf(name: string, { processedDatabase, curatedDatabase }: RefreshTablesClients): Column[] {
  const [database, table] = name.split(".");
  if (database === processedDatabase && isDataset(table)) return processedColumns(table);
  if (database === curatedDatabase && isCuratedTable(table)) return curatedColumns(table);
  throw new TableMismatch(
    `The merge published ${printable(name)}, which no contract describes; the datasets are ${Object.keys(contracts).join(", ")}.`,
  );
}

async function readState(
  name: string,
  location: string | undefined,
  { bucket, objects }: RefreshTablesClients,
): Promise<TableState> {
  const [, found, key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(location ?? "") ?? [];
  const text = found === bucket && key !== undefined ? await objects.readText(key) : undefined;
  if (text === undefined)
    throw new TableMismatch(
      `The metadata of ${name} is not where the catalog says: ${printable(location ?? "nowhere", 400)}.`,
    );
  return parseTableMetadata(text);
}

/** Does what is due. The data is published and right without it: that it fails is reported, not more. */
async function tidy(
  name: string,
  state: TableState,
  until: number,
  { athena, now, logger }: RefreshTablesClients,
): Promise<string[]> {
  const [database = "", table = ""] = name.split(".");
  const actions: string[] = [];
  // VACUUM and OPTIMIZE take their table unquoted or in back quotes; names from the contracts need neither.
  for (const { action, sql } of dueUpkeep(`${database}.${table}`, state, now())) {
    if (now() > until) {
      actions.push(`${action} left for the next run`);
      continue;
    }
    try {
      await athena.query(sql, database);
      actions.push(action);
    } catch (error) {
      const reason = printable(error instanceof Error ? error.message : String(error), 300);
      // Large tables take several runs of a statement, and Athena says so by an error: what it did so far stands.
      if (reason.includes("_MORE_RUNS_NEEDED")) {
        actions.push(`${action} begun, the next run goes on`);
        continue;
      }
      logger.warn(`${action} failed`, { table: name, reason });
      actions.push(`${action} failed: ${reason}`);
    }
  }
  return actions;
}
