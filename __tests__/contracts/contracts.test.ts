import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import {
  CURATED_TABLES,
  contracts,
  curated,
  curatedColumns,
  DATASETS,
  HISTORY_TABLES,
  history,
  isCuratedTable,
  isDataset,
  processedColumns,
  resolve,
} from "../../contracts";
import metaSchema from "../../contracts/contract.schema.json";

const folder = join(__dirname, "../../contracts");
const jsonFiles = (path: string) => readdirSync(join(folder, path)).map((file) => join(path, file));
const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), "utf8"));

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { regex: true } });
const isContract = ajv.compile(metaSchema);
const faults = (contract: unknown) => (isContract(contract) ? [] : (isContract.errors ?? []));

describe("the meta-schema", () => {
  test.each([...jsonFiles("datasets"), ...jsonFiles("curated"), ...jsonFiles("history"), "processed.json"])(
    "%s is a contract",
    (path) => {
      expect(faults(read(path))).toEqual([]);
    },
  );

  const rating = contracts.reviews.properties.rating;
  const withRating = (change: object) => ({
    ...contracts.reviews,
    properties: { ...contracts.reviews.properties, rating: { ...rating, ...change } },
  });

  const waiver = { check: "reviews.rating.maximum", reason: "The shop mends it.", owner: "sales", until: "2025-01-31" };
  const withWaiver = (change: object) => ({ ...contracts.reviews, "x-waivers": [{ ...waiver, ...change }] });

  test("takes a waiver that says which check, why, whose and until when", () => {
    expect(faults(withWaiver({}))).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["a waiver of no check", withWaiver({ check: undefined })],
    ["a waiver of everything", withWaiver({ check: "*" })],
    ["a waiver without a reason", withWaiver({ reason: undefined })],
    ["a waiver whose reason is no sentence", withWaiver({ reason: "todo" })],
    ["a waiver that nobody owns", withWaiver({ owner: "" })],
    ["a waiver without an end", withWaiver({ until: undefined })],
    ["a waiver that ends on no day", withWaiver({ until: "2025-13-01" })],
    ["an unknown keyword", { ...contracts.reviews, "x-verison": "1.0.0" }],
    ["an unknown keyword of a column", withRating({ "x-piI": "pseudonym" })],
    ["an unknown type", withRating({ "x-type": "integer" })],
    ["a decimal without scale", withRating({ "x-type": "decimal(10)" })],
    ["an unknown PII class", withRating({ "x-pii": "secret" })],
    ["an unknown format", withRating({ format: "date-time" })],
    ["a column without description", withRating({ description: undefined })],
    ["a share above 1", { ...contracts.reviews, "x-limits": { maxFileBytes: 1, maxBadShare: 10 } }],
    ["a missing key", { ...contracts.reviews, "x-key": [] }],
    ["a reference in a dataset", withRating({ $ref: "contract:processed#/properties/year" })],
  ])("refuses %s", (_, contract) => {
    expect(faults(JSON.parse(JSON.stringify(contract)))).not.toEqual([]);
  });
});

describe("the names", () => {
  test("are those of the files", () => {
    expect(jsonFiles("datasets").map((path) => basename(path, ".json"))).toEqual([...DATASETS].sort());
    expect(jsonFiles("curated").map((path) => basename(path, ".json"))).toEqual([...CURATED_TABLES].sort());
    expect(jsonFiles("history").map((path) => basename(path, ".json"))).toEqual([...HISTORY_TABLES].sort());
  });

  test("agree with $id and title, so that each name leads to its own file", () => {
    for (const dataset of DATASETS) {
      expect(contracts[dataset]).toMatchObject({ $id: `contract:datasets/${dataset}`, title: dataset });
    }
    for (const table of CURATED_TABLES) {
      expect(curated[table]).toMatchObject({ $id: `contract:curated/${table}`, title: table });
    }
    for (const table of HISTORY_TABLES) {
      expect(history[table]).toMatchObject({ $id: `contract:history/${table}`, title: table });
      // Tables of all three kinds share one database.
      expect(isCuratedTable(table)).toBe(false);
    }
  });

  test.each(["", "Transactions", "constructor", "toString", 1, null, undefined])(
    "%j is no dataset and no table",
    (name) => {
      expect(isDataset(name)).toBe(false);
      expect(isCuratedTable(name)).toBe(false);
    },
  );
});

describe.each(DATASETS)("contract of %s", (dataset) => {
  const contract = contracts[dataset];
  const columns = Object.keys(contract.properties);

  test("requires exactly the columns that may not be null", () => {
    const notNull = Object.entries(contract.properties).filter(([, schema]) => typeof schema.type === "string");
    expect(notNull.map(([name]) => name)).toEqual(contract.required);
  });

  test("has key, event time and referenced columns among its own", () => {
    expect(contract.required).toEqual(expect.arrayContaining([...contract["x-key"]]));
    if (contract["x-event-time"] !== null) expect(contract.required).toContain(contract["x-event-time"]);
    if (contract["x-sessions"] !== undefined) expect(columns).toContain(contract["x-sessions"].by);
  });

  test("refers to columns that exist", () => {
    for (const schema of Object.values(contract.properties)) {
      const [other, column] = schema["x-references"]?.split(".") ?? [];
      if (other === undefined) continue;
      expect(isDataset(other) && contracts[other]["x-key"]).toEqual([column]);
    }
    for (const schema of Object.values({ ...contract.properties, ...contract["x-processed"].properties })) {
      expect(columns).toEqual(expect.arrayContaining([...(schema["x-computed"]?.product ?? [])]));
      expect(columns).toContain(schema["x-threshold"]?.of ?? columns[0]);
      expect(columns).toContain(schema["x-bands"]?.of ?? columns[0]);
    }
  });

  test("says the same type twice", () => {
    const inJson = {
      string: "string",
      date: "string",
      timestamp: "string",
      boolean: "boolean",
      int: "integer",
      bigint: "integer",
      double: "number",
    };
    for (const { schema, type } of processedColumns(dataset)) {
      const expected = type.startsWith("decimal") ? "number" : new Map(Object.entries(inJson)).get(type);
      expect([schema.type].flat()[0]).toBe(expected);
    }
  });

  test("gives every date and time a lexical form", () => {
    for (const schema of Object.values(contract.properties)) {
      expect(schema.format !== undefined).toBe(schema["x-type"] === "date" || schema["x-type"] === "timestamp");
    }
  });

  test("names no column of the processed table twice, and its partitions among them", () => {
    const names = processedColumns(dataset).map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...contract["x-processed"].partitionBy]));
  });
});

describe("processedColumns", () => {
  test("are the dataset's, the derived, the common ones, in this order", () => {
    expect(processedColumns("clickstream").map((column) => column.name)).toEqual([
      ...Object.keys(contracts.clickstream.properties),
      "hour",
      "source_date",
      "processing_timestamp",
      "processing_date",
      "year",
      "month",
      "day",
    ]);
  });

  test("have no date parts where there is no event time", () => {
    expect(processedColumns("products").map((column) => column.name)).toEqual(expect.not.arrayContaining(["year"]));
  });

  test("carry type, comment, nullability and PII class", () => {
    expect(processedColumns("transactions")[1]).toMatchObject({
      name: "customer_id",
      type: "string",
      comment: contracts.transactions.properties.customer_id?.description,
      nullable: false,
      pii: "pseudonym",
    });
    expect(processedColumns("transactions")[5]).toMatchObject({
      name: "total_amount",
      type: "decimal(10,2)",
      nullable: true,
    });
    expect(processedColumns("transactions")[5]).not.toHaveProperty("pii");
  });
});

describe.each(CURATED_TABLES)("curated table %s", (table) => {
  const columns = curatedColumns(table);
  const names = columns.map((column) => column.name);

  test("resolves every column", () => {
    expect(names).toEqual(Object.keys(curated[table].properties));
    for (const column of columns) expect(column.comment).toMatch(/\S/);
  });

  test("has its key and its partitions among its columns", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        ...curated[table]["x-key"],
        ...curated[table]["x-partition-by"],
        ...curated[table].required,
      ]),
    );
  });

  test("leaves out what is withheld", () => {
    expect(columns.filter((column) => column.pii === "withhold")).toEqual([]);
  });
});

describe("resolve", () => {
  test("follows references of references", () => {
    expect(curatedColumns("sessions")[0]).toMatchObject({ name: "visit_id", type: "string" });
    expect(resolve("contract:curated/sessions#/properties/device")["x-type"]).toBe("string");
  });

  test.each([
    ["contract:datasets/nothing#/properties/a", "names no contract"],
    ["contract:datasets/reviews#/properties/nothing", "points to no column"],
    ["contract:datasets/reviews#/properties/constructor", "points to no column"],
    ["contract:datasets/reviews#/x-limits", "points to no column"],
    ["contract:datasets/reviews", "points to no column"],
  ])("refuses %s: it %s", (ref, message) => {
    expect(() => resolve(ref)).toThrow(message);
  });
});
