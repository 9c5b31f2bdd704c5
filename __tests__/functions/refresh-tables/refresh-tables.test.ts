import type { Table } from "@aws-sdk/client-glue";
import { type Column, CURATED_TABLES, curatedColumns, processedColumns } from "../../../contracts";
import { TableMismatch } from "../../../functions/lib/errors";
import { DEFAULTS } from "../../../functions/refresh-tables/maintenance";
import { type RefreshTablesClients, refreshTables } from "../../../functions/refresh-tables/refresh-tables";
import { parseTableMetadata } from "../../../functions/refresh-tables/table-state";
import { VIEWS } from "../../../functions/refresh-tables/views";
import { MemoryObjects, silent } from "../memory-objects";

const event = {
  run: "r1",
  date: "2025-01-15",
  processingTime: "2025-01-16T02:00:00Z",
  withFiles: ["reviews" as const],
};
const NOW = Date.parse("2025-01-16T03:00:00Z");
const DAY = 86_400_000;

const metadata = (summary: object = {}, more: { readonly snapshots?: number; readonly age?: number } = {}) => {
  const { snapshots = 2, age = DAY } = more;
  const list = Array.from({ length: snapshots }, (_, index) => ({
    "snapshot-id": index === snapshots - 1 ? "CURRENT" : index + 1,
    "timestamp-ms": NOW - age + index,
    summary: {
      operation: "append",
      "total-records": "7",
      "total-data-files": "2",
      "total-files-size": "2000",
      ...summary,
    },
  }));
  // Written by hand: JSON.stringify has no number of 64 bits either.
  return JSON.stringify({ "format-version": 2, "current-snapshot-id": "CURRENT", snapshots: list }).replaceAll(
    '"CURRENT"',
    "8462000000000000001",
  );
};

const glueTable = (name: string, columns: readonly Pick<Column, "name" | "type">[]): Table => ({
  Name: name,
  Parameters: { table_type: "ICEBERG", metadata_location: `s3://lake/${name}/metadata/v1.json` },
  StorageDescriptor: { Columns: columns.map((column) => ({ Name: column.name, Type: column.type })) },
});

interface Lake {
  readonly tables: Record<string, Table | undefined>;
  readonly objects: MemoryObjects;
  readonly statements: string[];
  readonly clients: RefreshTablesClients;
}

/** A lake in which everything is as it should be. */
function goodLake(
  published = ["processed_local.reviews", ...CURATED_TABLES.map((table) => `curated_local.${table}`)],
): Lake {
  const tables: Record<string, Table | undefined> = {
    "processed_local.reviews": glueTable("processed_local.reviews", processedColumns("reviews")),
    ...Object.fromEntries(
      CURATED_TABLES.map((table) => [
        `curated_local.${table}`,
        glueTable(`curated_local.${table}`, curatedColumns(table)),
      ]),
    ),
  };
  const objects = new MemoryObjects({
    "runs/date=2025-01-15/run=r1/jobs/master_data_merge.json": {
      tables: published.map((table) => ({ table, published: true })),
    },
    ...Object.fromEntries(Object.keys(tables).map((name) => [`${name}/metadata/v1.json`, metadata()])),
  });
  const statements: string[] = [];
  const clients: RefreshTablesClients = {
    bucket: "lake",
    processedDatabase: "processed_local",
    curatedDatabase: "curated_local",
    athena: {
      query: async (sql) => {
        statements.push(sql);
        return { rows: [], bytesScanned: 0, milliseconds: 1, reused: false };
      },
    },
    catalog: { table: async (database, name) => tables[`${database}.${name}`] },
    objects,
    now: () => NOW,
    logger: silent,
  };
  return { tables, objects, statements, clients };
}

test("good tables are reported with their snapshot, rows and files, and the views are made anew", async () => {
  const { clients, statements } = goodLake();
  const { tables, views } = await refreshTables(event, clients);
  expect(tables).toHaveLength(9);
  expect(tables[0]).toEqual({
    table: "curated_local.clickstream",
    snapshot: "8462000000000000001",
    rows: 7,
    files: 2,
    actions: [],
  });
  expect(views).toEqual(VIEWS.map((view) => view.name));
  expect(statements).toEqual(VIEWS.map((view) => `CREATE OR REPLACE VIEW "${view.name}" AS\n${view.sql}`));
});

test("a view whose table was not published waits", async () => {
  const { clients, statements } = goodLake(["processed_local.reviews"]);
  expect(await refreshTables(event, clients)).toMatchObject({ views: [] });
  expect(statements).toEqual([]);
});

test("a view that cannot be created fails the step", async () => {
  const { clients } = goodLake();
  const athena = { query: () => Promise.reject(new Error("COLUMN_NOT_FOUND")) };
  await expect(refreshTables(event, { ...clients, athena })).rejects.toThrow("COLUMN_NOT_FOUND");
});

describe("a table that is not what its contract says", () => {
  const columns = processedColumns("reviews");

  test.each<[string, Table | undefined, string]>([
    ["missing", undefined, "processed_local.reviews: it is not in the catalog"],
    [
      "lacks a column",
      glueTable("processed_local.reviews", columns.slice(1)),
      'column review_id is missing (there are "product_id"',
    ],
    [
      "has another type",
      glueTable(
        "processed_local.reviews",
        columns.map((one) => (one.name === "rating" ? { ...one, type: "bigint" as const } : one)),
      ),
      "column rating is bigint, the contract says int",
    ],
    [
      "is no Iceberg table",
      {
        ...glueTable("processed_local.reviews", columns),
        Parameters: { metadata_location: "s3://lake/processed_local.reviews/metadata/v1.json" },
      },
      "it is no Iceberg table",
    ],
  ])("%s: is refused, and nothing is made of it", async (_, table, message) => {
    const { clients, tables, statements } = goodLake();
    tables["processed_local.reviews"] = table;
    await expect(refreshTables(event, clients)).rejects.toThrow(TableMismatch);
    await expect(refreshTables(event, clients)).rejects.toThrow(message);
    expect(statements).toEqual([]);
  });

  test("every fault is listed", async () => {
    const { clients, tables } = goodLake();
    tables["processed_local.reviews"] = undefined;
    tables["curated_local.products"] = undefined;
    await expect(refreshTables(event, clients)).rejects.toThrow(
      /curated_local\.products: .*processed_local\.reviews: /,
    );
  });

  test("an unknown column is reported only; the order of columns is not looked at", async () => {
    const { clients, tables } = goodLake();
    const more = [{ name: "coupon", type: "string" as const }, ...[...columns].reverse()];
    tables["processed_local.reviews"] = glueTable("processed_local.reviews", more);
    const result = await refreshTables(event, clients);
    expect(result.tables.at(-1)).toMatchObject({ actions: ["unknown column coupon"] });
  });

  test.each([
    "s3://elsewhere/processed_local.reviews/metadata/v1.json",
    "s3://lake/nothing.json",
    "file:///etc/passwd",
  ])("whose metadata is at %s is refused", async (location) => {
    const { clients, tables } = goodLake();
    tables["processed_local.reviews"] = {
      ...glueTable("processed_local.reviews", columns),
      Parameters: { table_type: "ICEBERG", metadata_location: location },
    };
    await expect(refreshTables(event, clients)).rejects.toThrow("is not where the catalog says");
  });

  test("of which no contract knows is refused", async () => {
    const { clients, tables } = goodLake(["curated_local.secrets"]);
    tables["curated_local.secrets"] = glueTable("curated_local.reviews", columns);
    await expect(refreshTables(event, clients)).rejects.toThrow("curated_local.secrets, which no contract describes");
  });
});

test("without a merge report nothing is known to be published", async () => {
  const { clients, objects } = goodLake();
  objects.texts.clear();
  await expect(refreshTables(event, clients)).rejects.toThrow("The merge left no list of tables");
});

describe("upkeep", () => {
  const actionsFor = async (text: string, query?: RefreshTablesClients["athena"]["query"]) => {
    const { clients, objects, statements } = goodLake(["processed_local.reviews"]);
    objects.texts.set("processed_local.reviews/metadata/v1.json", text);
    const { tables } = await refreshTables(event, query === undefined ? clients : { ...clients, athena: { query } });
    return { statements, actions: tables[0]?.actions };
  };
  const files = (count: number, averageBytes: number) => ({
    "total-data-files": String(count),
    "total-files-size": String(count * averageBytes),
  });
  const { compactFiles, compactBelowBytes, expireSnapshots, expireDays } = DEFAULTS;

  test.each<[string, string, string[], string[]]>([
    [
      "many small files are compacted",
      metadata(files(compactFiles, compactBelowBytes - 1)),
      ["compaction"],
      ["OPTIMIZE processed_local.reviews REWRITE DATA USING BIN_PACK"],
    ],
    ["many large files are not", metadata(files(compactFiles, compactBelowBytes)), [], []],
    ["few small files are not", metadata(files(compactFiles - 1, 1)), [], []],
    [
      "old snapshots expire",
      metadata({}, { age: expireDays * DAY + 1 }),
      ["expiry"],
      ["VACUUM processed_local.reviews"],
    ],
    ["young ones do not", metadata({}, { age: expireDays * DAY }), [], []],
    [
      "many snapshots expire",
      metadata({}, { snapshots: expireSnapshots }),
      ["expiry"],
      ["VACUUM processed_local.reviews"],
    ],
    ["fewer do not", metadata({}, { snapshots: expireSnapshots - 1 }), [], []],
  ])("%s", async (_, text, actions, statements) => {
    expect(await actionsFor(text)).toEqual({ actions, statements });
  });

  test("that fails is reported, and does not fail the run: the data is published", async () => {
    const refuse = () => Promise.reject(new Error("NOT_SUPPORTED: OPTIMIZE\n"));
    expect((await actionsFor(metadata(files(compactFiles, 1)), refuse)).actions).toEqual([
      "compaction failed: NOT_SUPPORTED: OPTIMIZE?",
    ]);
  });
});

describe("upkeep of many tables", () => {
  /** Every table is due for both. */
  const dueLake = () => {
    const lake = goodLake();
    const summary = { "total-data-files": String(DEFAULTS.compactFiles), "total-files-size": "1" };
    const text = metadata(summary, { snapshots: DEFAULTS.expireSnapshots });
    for (const key of lake.objects.texts.keys()) {
      if (key.endsWith("/metadata/v1.json")) lake.objects.texts.set(key, text);
    }
    return lake;
  };

  test("begins no statement that might outlive the function, and comes after the views", async () => {
    const { clients, statements } = dueLake();
    let time = NOW;
    const athena: typeof clients.athena = {
      query: async (sql, database) => {
        if (!sql.startsWith("CREATE")) time += DEFAULTS.beginWithinMs / 2;
        return clients.athena.query(sql, database);
      },
    };
    const { tables } = await refreshTables(event, { ...clients, athena, now: () => time });
    expect(statements.slice(VIEWS.length).map((sql) => sql.split(" ")[0])).toEqual(["OPTIMIZE", "VACUUM", "OPTIMIZE"]);
    expect(tables.slice(0, 3).map(({ actions }) => actions)).toEqual([
      ["compaction", "expiry"],
      ["compaction", "expiry left for the next run"],
      ["compaction left for the next run", "expiry left for the next run"],
    ]);
  });

  test("that Athena does in several goes is no failure", async () => {
    const warnings: string[] = [];
    const { clients } = dueLake();
    const athena: typeof clients.athena = {
      query: async (sql, database) => {
        if (sql.startsWith("VACUUM")) {
          throw new Error("Query q1 failed: ICEBERG_VACUUM_MORE_RUNS_NEEDED: Please run the command again.");
        }
        return clients.athena.query(sql, database);
      },
    };
    const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
    const { tables } = await refreshTables(event, { ...clients, athena, logger });
    expect(tables[0]?.actions).toEqual(["compaction", "expiry begun, the next run goes on"]);
    expect(warnings).toEqual([]);
  });
});

describe("table metadata", () => {
  test("keeps ids that JavaScript would round", () => {
    expect(parseTableMetadata(metadata())).toEqual({
      snapshot: "8462000000000000001",
      rows: 7,
      files: 2,
      bytes: 2_000,
      snapshots: 2,
      oldest: NOW - DAY,
    });
  });

  test("of a table without a snapshot is all zero", () => {
    const empty = { rows: 0, files: 0, bytes: 0, snapshots: 0 };
    expect(parseTableMetadata('{"current-snapshot-id": -1, "snapshots": []}')).toEqual(empty);
    expect(parseTableMetadata('{"current-snapshot-id": null}')).toEqual(empty);
  });

  test.each(["[]", '"x"', '{"snapshots": 5}'])("is not %s", (text) => {
    expect(() => parseTableMetadata(text)).toThrow("no Iceberg table metadata");
  });
});
