import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { contracts, type Dataset } from "../../../contracts";
import { CsvRecords } from "../../../functions/lib/csv-records";
import { headerNames } from "../../../functions/lib/file-format";
import { JsonDocument, JsonLines } from "../../../functions/lib/json-records";
import { RowChecker, UNPARSABLE } from "../../../functions/lib/row-checker";
import { DEFAULTS, validateStream } from "../../../functions/lib/validate-stream";

/**
 * Validator and jobs are written twice, in TypeScript and for Spark. What one accepts the other must not quarantine, and both must
 * find the same records: the quality gate closes on a run whose counts differ. So both judge the same nasty files here.
 */

const PROCESSING_TIME = "2025-01-16T02:00:00Z";

interface NastyFile {
  readonly dataset: Dataset;
  readonly format: "csv" | "jsonl" | "json-array" | "json-object";
  readonly content: string;
}

type Judged = readonly [record: number, line: number, rules: readonly string[]];

const INTEGERS = [
  "5",
  " 5\t",
  "+5",
  "-5",
  "0",
  "-0",
  "007",
  "2147483647",
  "2147483648",
  "-2147483649",
  "5.0",
  "5e0",
  "",
  " ",
  "five",
  "٥",
  "1_000",
  "0x5",
  "5 5",
  "\u00a05",
  "+",
  "--5",
];
const DECIMALS = [
  "1.50",
  "1.500",
  "1.505",
  "+1.5",
  "-1.5",
  "0",
  "0.001",
  ".5",
  "5.",
  "1e2",
  "99999999.99",
  "100000000",
  "0000000099999999.9900",
  "1,5",
  "NaN",
  "Infinity",
  "",
  "\t",
  "1.5 ",
  "1.5.5",
  "$1",
];
const BOOLEANS = ["true", "FALSE", "True", "1", "0", " 1 ", "yes", "t", "01", "", "tRuE"];
const DATES = [
  "2025-01-15",
  " 2025-01-15 ",
  "2025-02-29",
  "2024-02-29",
  "1900-02-29",
  "0001-01-01",
  "0000-01-01",
  "9999-12-31",
  "2025-1-5",
  "2025-01-15 00:00:00",
  "2025-01-16",
  "2025-01-17",
  "15/01/2025",
  "",
  "2025-04-31",
  "2025-13-01",
  "+2025-01-15",
  "20250115",
];
const DATE_TIMES = [
  ...DATES,
  "2025-01-15 23:59:59",
  "2025-01-15T10:00:00",
  "2025-01-15 24:00:00",
  "2025-01-15 10:00",
  "2025-01-15 10:00:60",
  "2025-01-16 02:00:00",
  "2025-01-16 02:00:01",
  "2025-01-15 10:00:00.5",
  "2025-01-15  10:00:00",
  "2025-01-15 10:00:00Z",
];
const ZONED = [
  ...DATE_TIMES,
  "2025-01-15T10:00Z",
  "2025-01-15T10:00:00.123456789Z",
  "2025-01-15T10:00:00.1234567890Z",
  "2025-01-16T03:00:00+01:00",
  "2025-01-16T03:00:01+01:00",
  "2025-01-16T02:00:00.000000999Z",
  "2025-01-16T02:00:00.000001Z",
  "2025-01-15T10:00:00+0530",
  "2025-01-15T10:00:00-05",
  "2025-01-15T10:00:00+18:00",
  "2025-01-15T10:00:00+18:01",
  "2025-01-15T10:00:00+19:00",
  "2025-01-15T10:00:00+02:60",
  "2025-01-15T10:00:00+2",
  "2025-01-15T10:00:00 Z",
  "2025-01-15T10:00:00z",
  "2025-01-15t10:00:00Z",
  "2025-01-15T10:00+01",
  "2025-01-15 10:00-0330",
  "0001-01-01T00:00:00+01:00",
  "9999-12-31T23:59:59-01:00",
];
const TEXTS = [
  "x",
  " x ",
  "",
  " ",
  "\t",
  "\u00a0",
  "😀".repeat(64),
  "😀".repeat(128),
  "😀".repeat(129),
  "x".repeat(128),
  "x".repeat(129),
  "é\u0301",
  "\ufeff",
  "null",
  "NULL",
  "\\N",
  'quote " inside',
  "comma, inside",
  "line\nbreak",
  "CR\rinside",
  "'",
  "=1+1",
];
const STATES = [
  "completed",
  " Completed ",
  "COMPLETED",
  "returned",
  "open",
  "",
  "completed\u00a0",
  "comp leted",
  "cOmPlEtEd\t",
];

/** Texts to try in each column of a dataset. */
function textsFor(dataset: Dataset, column: string): readonly string[] {
  const schema = contracts[dataset].properties[column];
  const type = schema?.["x-type"] ?? "string";
  if (schema?.enum !== undefined) return [...STATES, ...schema.enum.map(String), "page view", "Mobile"];
  if (schema?.format === "date") return DATES;
  if (schema?.format === "date-optional-time") return DATE_TIMES;
  if (schema?.format === "date-time-optional-zone") return ZONED;
  if (type === "int") return INTEGERS;
  if (type === "boolean") return BOOLEANS;
  return type === "string" ? TEXTS : DECIMALS;
}

/** A value that is good in each column. */
function goodText(dataset: Dataset, column: string): string {
  const schema = contracts[dataset].properties[column];
  const type = schema?.["x-type"] ?? "string";
  if (schema?.enum !== undefined) return String(schema.enum[0]);
  if (schema?.format !== undefined)
    return schema.format === "date-time-optional-zone" ? "2025-01-15T10:00:00Z" : "2025-01-15";
  return type === "string" ? "x" : type === "boolean" ? "true" : "2";
}

const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const columnsOf = (dataset: Dataset) => Object.keys(contracts[dataset].properties);

/** One row for each odd text in each column, the other columns good. */
function oddCsv(dataset: Dataset, lineEnd: string, columns: readonly string[] = columnsOf(dataset)): string {
  const rows = columns.flatMap((odd) =>
    textsFor(dataset, odd).map((text) =>
      columns.map((column) => quote(column === odd ? text : goodText(dataset, column))).join(","),
    ),
  );
  return [columns.join(","), ...rows].join(lineEnd);
}

/** JSON texts of odd values: the odd texts as strings, and as what stands without quotes. */
function oddJson(dataset: Dataset): string[] {
  const columns = columnsOf(dataset);
  const good = (column: string) => {
    const text = goodText(dataset, column);
    const type = contracts[dataset].properties[column]?.["x-type"] ?? "string";
    return type === "int" || type === "boolean" || type.startsWith("decimal") ? text : JSON.stringify(text);
  };
  const bare = [
    "null",
    "5",
    "5.0",
    "5e0",
    "50e-1",
    "-5",
    "0",
    "1.50",
    "1.505",
    "0.1",
    "1e-7",
    "99999999.99",
    "100000000",
    "2147483648",
    "true",
    "false",
    "[]",
    "[1]",
    "{}",
    '{"a":1}',
    "1E400",
    "12345678901234567890",
    '"\\ud83d\\ude00"',
    '"\\u0041"',
  ];
  return columns.flatMap((odd) =>
    [...textsFor(dataset, odd).map((text) => JSON.stringify(text)), ...bare].map(
      (value) => `{${columns.map((column) => `"${column}": ${column === odd ? value : good(column)}`).join(", ")}}`,
    ),
  );
}

const brokenCsv = fc.string({
  unit: fc.constantFrom('"', '""', ",", "\n", "\r\n", "\r", "a", " ", "é"),
  maxLength: 60,
});
const brokenJson = fc.string({
  unit: fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "1",
    "a",
    " ",
    "\t",
    "\r",
    '{"a":1}',
    '{"a":NaN}',
    "{'a':1}",
    "\\",
    "01",
    "null",
    "\u00a0",
    "{}",
  ),
  maxLength: 12,
});
const sample = (arbitrary: fc.Arbitrary<string>, count: number) =>
  fc.sample(arbitrary, { numRuns: count, seed: 20250115 });

const HEADER = "review_id,product_id,customer_id,rating,review_date";
/** Files whose records are broken in every way; each closes an open quote, so that none is truncated. */
const brokenCsvFiles = sample(brokenCsv, 150).map(
  (rest): NastyFile => ({ dataset: "reviews", format: "csv", content: `${HEADER}\n${rest}\nR,P,C,5,2025-01-15\n` }),
);

const FILES: readonly NastyFile[] = [
  { dataset: "transactions", format: "csv", content: oddCsv("transactions", "\n") },
  {
    dataset: "transactions",
    format: "csv",
    content: `\ufeff${oddCsv("transactions", "\r\n", [...columnsOf("transactions")].reverse())}\r\n`,
  },
  { dataset: "reviews", format: "csv", content: `${oddCsv("reviews", "\n")}\n\n` },
  { dataset: "reviews", format: "csv", content: `${oddCsv("reviews", "\n", contracts.reviews.required)}\n` },
  { dataset: "products", format: "jsonl", content: oddJson("products").join("\n") },
  {
    dataset: "products",
    format: "json-array",
    content: `\ufeff[${oddJson("products").join(",\n")}, 1, null, "x", []]`,
  },
  { dataset: "products", format: "json-object", content: '{\n "product_id": "P",\n "name": 5\n}\n' },
  { dataset: "clickstream", format: "jsonl", content: `${oddJson("clickstream").join("\r\n\r\n")}\n \n` },
  { dataset: "clickstream", format: "jsonl", content: `\ufeff{}\n${sample(brokenJson, 400).join("\n")}\n` },
  // A NUL, behind so much text that the file does not look binary.
  {
    dataset: "reviews",
    format: "csv",
    content: `${HEADER}\n${"R,P,C,5,2025-01-15\n".repeat(300)}a\u0000b,P,C,5,2025-01-15\n`,
  },
  ...brokenCsvFiles,
];

/** Every record of a file as the validator judges it; undefined where the file is rejected before its end. */
function judge({ dataset, format, content }: NastyFile): Judged[] | undefined {
  const records: [number, readonly string[]][] = [];
  const checker = new RowChecker(dataset, new Date(PROCESSING_TIME));
  const limits = { maxLength: DEFAULTS.maxRecordLength, maxDepth: DEFAULTS.maxDepth };
  const checkObject = checker.checkObjects(() => {});
  const onJson = (record: Readonly<Record<string, unknown>> | null, line: number) =>
    void records.push([line, record === null ? [UNPARSABLE] : [...checkObject(record)]]);
  let check: ((fields: readonly string[]) => readonly string[]) | undefined;
  let width = 0;
  const reader =
    format === "csv"
      ? new CsvRecords(limits.maxLength, (fields, line) => {
          if (check === undefined) {
            width = fields?.length ?? 0;
            check = checker.checkFields(headerNames(fields ?? []));
          } else {
            records.push([line, fields?.length === width ? [...check(fields)] : [UNPARSABLE]]);
          }
        })
      : format === "jsonl"
        ? new JsonLines(limits, onJson)
        : new JsonDocument(format === "json-array" ? "array" : "object", limits, onJson);
  try {
    reader.push(content.replace(/^\ufeff/, ""));
    reader.end();
  } catch {
    return undefined;
  }
  return records.map(([line, rules], index) => [index + 1, line, [...rules].sort()]);
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}

test("validator and jobs find the same records in the same lines, and break them by the same rules", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agreement-"));
  try {
    const judged = FILES.map((file) => ({ file, records: judge(file) })).filter(({ records }) => records !== undefined);
    expect(judged.length).toBeGreaterThan(FILES.length / 2);
    const files = await Promise.all(
      judged.map(async ({ file: { dataset, format, content }, records }, number) => {
        const stored = number % 2 === 0 ? Buffer.from(content) : gzipSync(content);
        const key = `raw/${dataset}/date=2025-01-15/${number}`;
        mkdirSync(dirname(join(folder, key)), { recursive: true });
        writeFileSync(join(folder, key), stored);
        const report = await validateStream(once(stored), { dataset, processingTime: new Date(PROCESSING_TIME) });
        expect([key, report.format, report.rows]).toEqual([key, format, records?.length]);
        const { compression, bytes, rows, columns } = report;
        return { dataset, key, format, compression, bytes, rows, columns };
      }),
    );
    const root = join(__dirname, "../../..");
    const python = join(root, ".local/venv/bin/python");
    const answer: [number, ...Judged][] = JSON.parse(
      execFileSync(python, [join(__dirname, "judge_with_jobs.py")], {
        input: JSON.stringify({ root: `file:${folder}`, processingTime: PROCESSING_TIME, files }),
        encoding: "utf8",
        maxBuffer: 100_000_000,
        stdio: ["pipe", "pipe", "pipe"],
        env: { ...process.env, PYTHONPATH: join(root, "jobs"), PYSPARK_PYTHON: python },
      }),
    );
    expect(answer.length).toBeGreaterThan(1_500);
    const differences = judged.flatMap(({ file, records = [] }, number) => {
      const ours = records.map((record) => JSON.stringify(record));
      const theirs = answer.filter(([of]) => of === number).map(([, ...record]) => JSON.stringify(record));
      const only = [
        ...ours.filter((one) => !theirs.includes(one)).map((one) => `validator ${one}`),
        ...theirs.filter((one) => !ours.includes(one)).map((one) => `job ${one}`),
      ];
      return only.map((one) => `${number} ${file.dataset} ${file.format}: ${one}`);
    });
    expect(differences).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
