import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { contracts, DATASETS, type Dataset } from "../../../contracts";
import { GENERATED_FILE, generateValidators } from "../../../functions/lib/contract-validators/build";
import { DEFAULTS, type FileReport, validateStream } from "../../../functions/lib/validate-stream";
import { cut, cuts } from "./pieces";

const processingTime = new Date("2025-01-16T02:00:00Z");

async function* source(pieces: Iterable<Uint8Array>) {
  yield* pieces;
}

function validate(dataset: Dataset, content: string | Uint8Array, places: readonly number[] = []): Promise<FileReport> {
  return validateStream(source(cut(Buffer.from(content), places)), { dataset, processingTime });
}

const TRANSACTIONS = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status";
const transaction = (change: Readonly<Record<string, string>> = {}) =>
  Object.values({
    transaction_id: "T1",
    customer_id: "C1",
    product_id: "P1",
    quantity: "2",
    price: "10.00",
    total_amount: "20.00",
    transaction_date: "2025-01-15 10:00:00",
    status: "completed",
    ...change,
  }).join(",");
const transactions = (...rows: string[]) => `${[TRANSACTIONS, ...rows].join("\n")}\n`;
/** Ten good rows, so that one bad one among them is still within the contract's share. */
const TEN = Array.from({ length: 10 }, () => transaction());

const event = (change: object = {}) => ({
  session_id: "S1",
  event_type: "page_view",
  page: "/",
  timestamp: "2025-01-15T10:00:00Z",
  device: "mobile",
  ...change,
});
const product = (change: object = {}) => ({
  product_id: "P1",
  name: "Ünïcödé 名前",
  category: "Books",
  brand: "B",
  price: 12.5,
  stock: 0,
  ...change,
});

test("the generated validators are those of the contracts", () => {
  expect(readFileSync(GENERATED_FILE, "utf8")).toBe(generateValidators());
});

describe("a good file", () => {
  test("of CSV is accepted, and described", async () => {
    const content = `\ufeff${TRANSACTIONS},coupon\r\n${transaction()},X\r\n${transaction({ total_amount: "" })},\r\n`;
    expect(await validate("transactions", content)).toEqual({
      verdict: "accepted",
      bytes: Buffer.byteLength(content),
      md5: createHash("md5").update(content).digest("hex"),
      format: "csv",
      compression: "none",
      bom: true,
      delimiter: ",",
      columns: [...TRANSACTIONS.split(","), "coupon"],
      unknownColumns: ["coupon"],
      rows: 2,
      badRows: 0,
      rules: {},
      splits: [],
    });
  });

  test("may have its columns in any order, and lack the optional ones", async () => {
    const content =
      "status,quantity,price,product_id,customer_id,transaction_date,transaction_id\n Completed ,1,5,P,C,2025-01-15,T\n";
    expect(await validate("transactions", content)).toMatchObject({ verdict: "accepted", rows: 1, badRows: 0 });
  });

  test("may have commas, quotes, line breaks and accents in its texts", async () => {
    const content =
      'review_id,product_id,customer_id,rating,review_text,review_date\nR1,P1,C1,5,"Très bien, ""vraiment""\r\nà 100 %",2025-01-15\n';
    expect(await validate("reviews", content)).toMatchObject({ verdict: "accepted", rows: 1, badRows: 0 });
  });

  test.each<[string, string]>([
    ["jsonl", `${JSON.stringify(product())}\n${JSON.stringify(product({ color: "red" }))}\n`],
    ["json-array", JSON.stringify([product(), product({ color: "red" })], undefined, 2)],
    ["jsonl", JSON.stringify(product({ color: "red" }))],
    ["json-object", JSON.stringify(product({ color: "red" }), undefined, 2)],
    ["jsonl", `\ufeff\n\n  ${JSON.stringify(product({ color: "red" }))}\n`],
  ])("of JSON (%s) is accepted: %j", async (format, content) => {
    const report = await validate("products", content);
    expect(report).toMatchObject({ verdict: "accepted", format, badRows: 0, unknownColumns: ["color"] });
    expect(report.columns).toEqual(["product_id", "name", "category", "brand", "price", "stock", "color"]);
    expect(report).not.toHaveProperty("delimiter");
  });

  test("may be compressed; size and MD5 are those of the stored bytes", async () => {
    const stored = gzipSync(transactions(...TEN));
    expect(await validate("transactions", stored)).toMatchObject({
      verdict: "accepted",
      compression: "gzip",
      bytes: stored.length,
      md5: createHash("md5").update(stored).digest("hex"),
      rows: 10,
    });
  });

  test.each<[Dataset, string]>([
    ["transactions", `${TRANSACTIONS}\n`],
    ["transactions", TRANSACTIONS],
    ["products", "[]"],
  ])("may hold no record: a day without %s", async (dataset, content) => {
    expect(await validate(dataset, content)).toMatchObject({ verdict: "accepted", rows: 0, badRows: 0 });
  });
});

describe("a bad record", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["transaction_id.required", { transaction_id: "" }],
    ["transaction_id.required", { transaction_id: '""' }],
    ["transaction_id.maxLength", { transaction_id: "x".repeat(129) }],
    ["quantity.required", { quantity: " " }],
    ["quantity.type", { quantity: "1.5" }],
    ["quantity.exclusiveMinimum", { quantity: "0" }],
    ["price.type", { price: "10.005" }],
    ["price.exclusiveMinimum", { price: "-1" }],
    ["total_amount.type", { total_amount: "20 €" }],
    ["transaction_date.type", { transaction_date: "2025-02-30" }],
    ["transaction_date.notFuture", { transaction_date: "2025-01-16 02:00:01" }],
    ["status.enum", { status: "open" }],
    ["total_amount.computed", { quantity: "2000000000", price: "10", total_amount: "" }],
    ["record.parse", { status: "completed,extra" }],
    ["record.parse", { transaction_id: '"T1"x' }],
  ])("breaks %s: %j", async (rule, change) => {
    const report = await validate("transactions", transactions(...TEN, transaction(change)));
    expect(report).toMatchObject({
      verdict: "accepted",
      rows: 11,
      badRows: 1,
      rules: { [rule]: { count: 1, lines: [12] } },
    });
    expect(Object.keys(report.rules)).toEqual([rule]);
  });

  test.each<[string, object]>([
    ["price.type", { price: "12.50" }],
    ["price.type", { price: 12.505 }],
    ["stock.type", { stock: 1.5 }],
    ["stock.minimum", { stock: -1 }],
    ["rating.maximum", { rating: 5.5 }],
    ["is_active.type", { is_active: "true" }],
    ["name.type", { name: 5 }],
    ["name.type", { name: { first: "x" } }],
    ["name.required", { name: null }],
    ["name.required", { name: "" }],
    ["category.required", { category: " \t" }],
    ["name.maxLength", { name: "😀".repeat(1_025) }],
  ])("of JSON breaks %s: %j", async (rule, change) => {
    const rows = [...Array.from({ length: 10 }, () => product()), product(change)];
    const report = await validate("products", rows.map((row) => JSON.stringify(row)).join("\n"));
    expect(report).toMatchObject({
      verdict: "accepted",
      rows: 11,
      badRows: 1,
      rules: { [rule]: { count: 1, lines: [11] } },
    });
    expect(Object.keys(report.rules)).toEqual([rule]);
  });

  test.each<[Dataset, string]>([
    ["products", JSON.stringify(product({ name: "😀".repeat(1_024), stock: 3.0, rating: null, weight_kg: 0 }))],
    [
      "clickstream",
      JSON.stringify(event({ customer_id: "", timestamp: "2025-01-16T03:59:59+02:00", device: " Mobile " })),
    ],
    ["clickstream", JSON.stringify(event({ timestamp: "2025-01-16 02:00:00.000" }))],
    [
      "transactions",
      transactions(transaction({ transaction_date: "2025-01-16 02:00:00", quantity: "2147483647", price: "0.01" })),
    ],
  ])("is not a good one at the edge: %s %j", async (dataset, content) => {
    expect(await validate(dataset, content)).toMatchObject({ verdict: "accepted", rows: 1, badRows: 0 });
  });

  test("breaks each of its rules, and type alone where it has no right type", async () => {
    const rows = Array.from({ length: 20 }, () => transaction());
    const bad = transaction({ transaction_id: "", quantity: "many", price: "0", status: "?" });
    const { rules } = await validate("transactions", transactions(...rows, bad, bad));
    const both = { count: 2, lines: [22, 23] };
    expect(rules).toEqual({
      "price.exclusiveMinimum": both,
      "quantity.type": both,
      "status.enum": both,
      "transaction_id.required": both,
    });
  });

  test("is named by its first line, the first few of each rule", async () => {
    const good = `"a\nb"`;
    const rows = Array.from({ length: 200 }, (_, row) =>
      transaction({ customer_id: good, quantity: row % 20 === 0 ? "0" : "1" }),
    );
    const { rules } = await validate("transactions", transactions(...rows));
    expect(rules).toEqual({ "quantity.exclusiveMinimum": { count: 10, lines: [2, 42, 82, 122, 162] } });
  });
});

describe("a file is rejected", () => {
  test.each<[Dataset, string, string | Uint8Array, string]>([
    ["transactions", "empty", "", "nothing but white space"],
    ["transactions", "empty", "\ufeff\r\n \n", "nothing but white space"],
    ["products", "empty", " \n\t", "nothing but white space"],
    [
      "transactions",
      "format",
      JSON.stringify(product()),
      "The file is JSON; transactions come as CSV. It looks like products",
    ],
    [
      "products",
      "format",
      transactions(transaction()),
      "no JSON (it begins like CSV or plain text); products come as JSON",
    ],
    ["transactions", "format", Buffer.from("PAR1\0\0\0\0PAR1"), "Parquet"],
    [
      "transactions",
      "encoding",
      Buffer.from(`${TRANSACTIONS}\nT1,M\xfcller`, "latin1"),
      `offset ${TRANSACTIONS.length + 5} (0xfc)`,
    ],
    ["transactions", "truncated", `${TRANSACTIONS}\n${transaction()}\n"T2,C1`, "begins in line 3"],
    ["clickstream", "truncated", `${JSON.stringify(event())}\n{"session_id":"S`, "JSON of line 2"],
    ["products", "truncated", `[${JSON.stringify(product())},`, "before its JSON array does"],
    ["products", "truncated", gzipSync(JSON.stringify([product()])).subarray(0, 40), "gzip file is cut off"],
    ["products", "syntax", `[${JSON.stringify(product())} {}]`, "not valid JSON"],
    [
      "transactions",
      "columns",
      TRANSACTIONS.replace("quantity,price", "qty"),
      'Missing columns "quantity", "price"; the file has "transaction_id"',
    ],
    ["transactions", "columns", `${TRANSACTIONS},status`, 'has the column "status" twice'],
    ["transactions", "columns", `${TRANSACTIONS},Status`, 'has the column "Status" twice (also as "status")'],
    ["transactions", "columns", TRANSACTIONS.replaceAll(",", ";"), 'separated by ";"; commas are expected'],
    ["transactions", "columns", TRANSACTIONS.replaceAll(",", "\t"), "separated by tabs"],
    ["transactions", "columns", `${TRANSACTIONS}\r${transaction()}\r`, "lines end in CR alone"],
    ["transactions", "columns", "hello world", "no name that it begins with is known (1)"],
    ["transactions", "columns", TRANSACTIONS.toUpperCase(), "Names are written in lower case."],
    ["transactions", "columns", "<!DOCTYPE html>\n<title>502</title>", "begins like HTML or XML"],
    ["transactions", "columns", '"transaction_id"x,b', "header cannot be read"],
    ["transactions", "other-dataset", "review_id,product_id,customer_id,rating,review_date\n", "It looks like reviews"],
    ["clickstream", "other-dataset", JSON.stringify(product()), "It looks like products"],
    [
      "clickstream",
      "columns",
      JSON.stringify([event({ page: undefined }), event({ page: null })]),
      'Missing column "page"',
    ],
    ["products", "bad-rows", "{]\n{}}\nhello\n", "3 of 3 records (100 %)"],
    [
      "transactions",
      "limits",
      `${Array.from({ length: 1_001 }, (_, index) => `c${index}`).join(",")}\n`,
      "1001 columns; 1000 are allowed",
    ],
    [
      "transactions",
      "limits",
      `${TRANSACTIONS},${"é".repeat(DEFAULTS.maxNameBytes / 2)}\n`,
      "columns have 65618 bytes; 65536 are allowed",
    ],
    [
      "transactions",
      "limits",
      `${TRANSACTIONS}\n${"x".repeat(DEFAULTS.maxRecordLength + 1)}`,
      "line 2 is longer than 1048576",
    ],
    ["products", "limits", " ".repeat(DEFAULTS.maxRecordLength + 1), "white space"],
  ])("%s, as %s", async (dataset, code, content, reason) => {
    const report = await validate(dataset, content);
    expect(report).toMatchObject({ verdict: "rejected", code });
    expect(report.reason).toContain(reason);
  });

  test("before it is read where its size says enough", async () => {
    let isRead = false;
    async function* unread() {
      isRead = true;
      yield Buffer.from("x");
    }
    const options = { dataset: "products" as const, processingTime };
    expect(await validateStream(unread(), { ...options, size: 0 })).toMatchObject({ code: "empty" });
    const size = contracts.products["x-limits"].maxFileBytes + 1;
    expect(await validateStream(unread(), { ...options, size })).toMatchObject({ code: "too-large" });
    expect(isRead).toBe(false);
  });

  test("when more than the contract's share of its records is bad, not before", async () => {
    const good = Array.from({ length: 18 }, () => transaction());
    const bad = transaction({ quantity: "x" });
    expect(await validate("transactions", transactions(...good, bad, bad))).toMatchObject({
      verdict: "accepted",
      badRows: 2,
    });
    const report = await validate("transactions", transactions(...good, bad, bad, bad));
    expect(report).toMatchObject({ verdict: "rejected", code: "bad-rows", rows: 21, badRows: 3 });
    expect(report.reason).toBe(
      "3 of 21 records (14 %) break a rule; the contract allows 10 %. quantity.type 3 (lines 20, 21, 22).",
    );
  });

  test("with its retyped columns named", async () => {
    const rows = Array.from({ length: 3 }, () => transaction({ quantity: "two", transaction_date: "15/01/2025" }));
    const { reason } = await validate("transactions", transactions(...rows));
    expect(reason).toContain(
      "Retyped: no value of quantity is a whole number; none of transaction_date is a time as YYYY-MM-DD or YYYY-MM-DD HH:MM:SS.",
    );
  });

  test("with a reason that is short and printable, whatever the file holds", async () => {
    const header = Array.from(
      { length: 900 },
      (_, index) => `=cmd|'/c calc'!A${index}\u001b[31m\u202e${"x".repeat(900)}`,
    );
    const { reason = "" } = await validate("transactions", `${header.join(",")}\n`);
    expect(reason.length).toBeLessThanOrEqual(DEFAULTS.maxReason);
    expect(reason).not.toMatch(/\p{C}/u);
  });

  test("without a value of a record in the reason", async () => {
    const rows = Array.from({ length: 9 }, () =>
      transaction({ customer_id: "secret@example.com".repeat(9), quantity: "secret", status: "secret" }),
    );
    const report = await validate("transactions", transactions(...rows));
    expect(report.verdict).toBe("rejected");
    expect(JSON.stringify(report)).not.toContain("secret");
  });

  test.each([",", ";", "\t"])(
    "without a value of the first record where the header is missing (%j)",
    async (separator) => {
      const row = ["secret", "secret", "P1", "2", "10.00", "20.00", "2025-01-15", "completed"].join(separator);
      const report = await validate("transactions", `${row}\n${row}\n`);
      expect(report).toMatchObject({ verdict: "rejected", code: "columns", columns: [] });
      expect(report.reason).toContain("its header may be missing");
      expect(JSON.stringify(report)).not.toContain("secret");
    },
  );
});

describe("a large file can be read in parts", () => {
  const rows = Array.from({ length: 240_000 }, (_, row) =>
    transaction({ transaction_id: `T${row}`, customer_id: row % 3 === 0 ? '"a\n""é"' : "C" }),
  );
  const csv = Buffer.from(`\ufeff${TRANSACTIONS}\r\n\r\n${rows.join("\n")}\n`);
  const json = Buffer.from(
    Array.from({ length: 170_000 }, (_, row) => JSON.stringify(event({ session_id: `S${row}` }))).join("\n\n"),
  );
  const places = Array.from({ length: 600 }, (_, index) => index * 65_536);

  test.each<[Dataset, Buffer, (record: number) => string]>([
    ["transactions", csv, (record) => `T${record - 1},`],
    ["clickstream", json, (record) => `{"session_id":"S${record - 1}",`],
  ])("of %s: splits are where records begin, with their number and line", async (dataset, content, beginning) => {
    const { splits, verdict, reason } = await validate(dataset, content, places);
    expect([verdict, reason]).toEqual(["accepted", undefined]);
    expect(splits).toHaveLength(Math.floor(content.length / DEFAULTS.splitBytes));
    for (const { offset, record, line } of splits) {
      expect(content.toString("utf8", offset, offset + 60).trimStart()).toMatch(beginning(record));
      expect(line).toBe(content.subarray(0, offset).toString("latin1").split("\n").length);
    }
  });

  test("but not where it is compressed, or one JSON document", async () => {
    expect((await validate("transactions", gzipSync(csv, { level: 1 }), places)).splits).toEqual([]);
    const array = Buffer.from(`[${json.toString().trim().replaceAll("\n\n", ",\n")}]`);
    expect(await validate("clickstream", array, places)).toMatchObject({ verdict: "accepted", splits: [] });
  });
});

test("names that objects inherit are columns like others", async () => {
  const csv = `${TRANSACTIONS},__proto__,constructor,toString\n${transaction()},1,2,3\n`;
  expect(await validate("transactions", csv)).toMatchObject({
    verdict: "accepted",
    unknownColumns: ["__proto__", "constructor", "toString"],
  });
  const json = `${JSON.stringify(event()).slice(0, -1)},"__proto__":{"device":"x"},"constructor":1}`;
  expect(await validate("clickstream", json)).toMatchObject({
    verdict: "accepted",
    badRows: 0,
    unknownColumns: ["__proto__", "constructor"],
  });
  expect({}).not.toHaveProperty("device");
});

describe("a CSV file without a last line end", () => {
  test("is whole where its last record is", async () => {
    const csv = `${TRANSACTIONS}\n${transaction()}`;
    expect(await validate("transactions", csv)).toMatchObject({ verdict: "accepted", rows: 1, badRows: 0 });
  });

  test("is cut off where its last record has too few fields, and says where", async () => {
    const csv = transactions(...TEN).trimEnd();
    expect(await validate("transactions", csv.slice(0, csv.lastIndexOf(",")))).toMatchObject({
      verdict: "rejected",
      code: "truncated",
      reason: "The file ends in the middle of line 11, after 7 of 8 fields: it is cut off.",
    });
  });

  test("has a bad record where that has too many", async () => {
    const csv = `${transactions(...TEN).trimEnd()},x`;
    expect(await validate("transactions", csv)).toMatchObject({ verdict: "accepted", badRows: 1 });
  });
});

test("unnamed columns are numbered", async () => {
  expect(await validate("transactions", `,${TRANSACTIONS},\n0,${transaction()},\n`)).toMatchObject({
    verdict: "accepted",
    unknownColumns: ["_c0", "_c9"],
  });
});

describe("any bytes", () => {
  const anyDataset = fc.constantFrom(...DATASETS);
  const noise = fc.string({
    unit: fc.constantFrom('"', ",", "\n", "\r", "{", "}", "[", "]", ":", "a", "1", "é", " ", "\\"),
  });

  const beginnings: Record<Dataset, string> = {
    transactions: transactions(...TEN),
    products: `[${JSON.stringify(product())},`,
    clickstream: `${JSON.stringify(event())}\n`,
    reviews: "review_id,product_id,customer_id,rating,review_date\nR,P,C,1,2025-01-01\n",
  };

  test("get a verdict, the same in one piece and in many", async () => {
    await fc.assert(
      fc.asyncProperty(anyDataset, fc.uint8Array({ maxLength: 200 }), cuts, async (dataset, bytes, places) => {
        expect(await validate(dataset, bytes, places)).toEqual({
          ...(await validate(dataset, bytes)),
          bytes: expect.any(Number),
        });
      }),
      // A zero byte behind the first piece was not seen.
      { examples: [["transactions", Uint8Array.from([1, 1, 1, 1, 1, 1, 1, 1, 0]), [8]]] },
    );
  });

  test("behind a good beginning do not hide: rows are counted, in one piece and in many", async () => {
    await fc.assert(
      fc.asyncProperty(anyDataset, noise, cuts, async (dataset, rest, places) => {
        const content = beginnings[dataset] + rest;
        const report = await validate(dataset, content, places);
        expect({ ...report, bytes: 0 }).toEqual({ ...(await validate(dataset, content)), bytes: 0 });
        expect(report.badRows).toBeLessThanOrEqual(report.rows);
        expect(report.reason ?? "").not.toMatch(/\p{C}/u);
      }),
      { numRuns: 500 },
    );
  });

  test("get the same verdict compressed, in one member or two, however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(anyDataset, noise, fc.nat(), cuts, async (dataset, rest, at, places) => {
        const content = Buffer.from(beginnings[dataset] + rest);
        const members = cut(content, [at]).map((part) => gzipSync(part));
        const plain = await validate(dataset, content);
        const zipped = await validate(dataset, Buffer.concat(members), places);
        const found = ({ verdict, code, reason, rows, badRows, rules, columns }: FileReport) => [
          verdict,
          code,
          reason,
          ...(plain.md5 === undefined ? [] : [rows, badRows, rules, columns]),
        ];
        expect(found(zipped)).toEqual(found(plain));
      }),
      { numRuns: 300 },
    );
  });

  test("of any size fit the memory: a line without end, endless quotes, endless columns", async () => {
    const piece = (text: string) => Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
    const endless = function* (first: string, then: string) {
      yield Buffer.from(first);
      for (;;) yield piece(then);
    };
    const cases: [Dataset, string, string][] = [
      ["transactions", `${TRANSACTIONS}\n`, "x"],
      ["transactions", `${TRANSACTIONS}\n"`, "x\n"],
      ["transactions", "", "column,"],
      ["clickstream", "", '{"a":'],
      ["clickstream", "{", "\n"],
      ["products", "[", "["],
      ["products", '["', "\\\\"],
      ["products", "", " "],
    ];
    for (const [dataset, first, then] of cases) {
      const report = await validateStream(source(endless(first, then)), { dataset, processingTime });
      expect(report).toMatchObject({ verdict: "rejected", code: "limits" });
      expect(report.bytes).toBeLessThan(3 * DEFAULTS.maxRecordLength);
    }
  });
});
