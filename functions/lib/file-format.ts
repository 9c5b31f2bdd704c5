import { contracts, DATASETS, type Dataset } from "../../contracts";
import { FileRejected } from "./file-rejected";
import { isJsonSpace, isUnfinished } from "./json-records";
import { listed } from "./printable";
import { trim } from "./values";

/** How the records of a file are written. */
export type FileFormat = "csv" | "jsonl" | "json-array" | "json-object";

/**
 * Recognises a file's format by its beginning.
 *
 * @param head the text from its start.
 * @param isWhole whether that is all of it.
 * @returns undefined where more text is needed to tell, or where there is nothing but white space.
 */
export function recognizeFormat(head: string, isWhole: boolean): FileFormat | undefined {
  let start = 0;
  while (start < head.length && isJsonSpace(head.charCodeAt(start))) start++;
  if (start === head.length) return undefined;
  if (head[start] === "[") return "json-array";
  if (head[start] !== "{") return "csv";
  const lineEnd = head.indexOf("\n", start);
  if (lineEnd < 0) return isWhole ? "jsonl" : undefined;
  if (!isUnfinished(head.slice(start, lineEnd))) return "jsonl";
  // An object over several lines, or lines of which the first is broken: then the next one begins an object of its own.
  const next = head.slice(lineEnd).trimStart();
  if (next === "") return isWhole ? "json-object" : undefined;
  return next.startsWith("{") ? "jsonl" : "json-object";
}

/** @throws FileRejected where a format is not that of the dataset's contract. */
export function checkFormat(format: FileFormat, dataset: Dataset, head: string): void {
  const expected = contracts[dataset]["x-format"];
  const isCsv = format === "csv";
  if (isCsv === (expected === "csv")) return;
  const names = isCsv ? [] : [...head.slice(0, 4096).matchAll(/"([^"\\]{1,128})"\s*:/g)].map((match) => match[1] ?? "");
  throw new FileRejected(
    "format",
    `The file is ${isCsv ? "no JSON (it begins like CSV or plain text)" : "JSON"}; ${dataset} come as ${expected === "csv" ? "CSV" : "JSON (an array, one object, or one object a line)"}.${resemblance(names, dataset)}`,
  );
}

/** The names of a CSV file's columns: trimmed, and `_c<index>` where there is none. */
export function headerNames(fields: readonly string[]): string[] {
  return fields.map((field, index) => trim(field) || `_c${index}`);
}

/**
 * Compares the columns of a CSV file with the contract.
 *
 * @returns the columns that the contract does not know.
 * @throws FileRejected where one is missing or there twice.
 */
export function checkHeader(columns: readonly string[], dataset: Dataset): string[] {
  // First: what is no header is not to be quoted.
  rejectMissing(columns, dataset);
  const seen = new Map<string, string>();
  for (const column of columns) {
    const before = seen.get(column.toLowerCase());
    if (before !== undefined) {
      throw new FileRejected(
        "columns",
        `The header has the column ${listed([column])} twice${before === column ? "" : ` (also as ${listed([before])})`}.`,
      );
    }
    seen.set(column.toLowerCase(), column);
  }
  return columns.filter((column) => !Object.hasOwn(contracts[dataset].properties, column));
}

/** @throws FileRejected where the columns of a file lack one that the contract requires; says whose file it may be. */
export function rejectMissing(columns: readonly string[], dataset: Dataset): void {
  const missing = contracts[dataset].required.filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  const other = resemblance(columns, dataset);
  throw new FileRejected(
    other === "" ? "columns" : "other-dataset",
    `Missing ${missing.length === 1 ? "column" : "columns"} ${listed(missing, 10)}; ${found(columns)}.${dialectHint(columns)}${other}`,
  );
}

/** What columns a file has. Where none is known there may be no header: then it is data, perhaps personal, that is not shown. */
function found(columns: readonly string[]): string {
  const parts = columns.flatMap((column) => column.toLowerCase().split(/[^a-z0-9_]+/));
  if (parts.some(isColumn)) return `the file has ${listed(columns, 10)}`;
  return `no name that it begins with is known (${columns.length}), so its header may be missing`;
}

function isColumn(name: string): boolean {
  return DATASETS.some((dataset) => Object.hasOwn(contracts[dataset].properties, name));
}

/** A sentence that names what a header seems to be, where it is another CSV dialect or no CSV. */
function dialectHint(columns: readonly string[]): string {
  if (columns[0]?.startsWith("<")) return " It begins like HTML or XML: it may be a page that says an export failed.";
  if (columns.some((column) => column.includes("\r"))) return " Its lines end in CR alone; LF or CRLF is expected.";
  if (columns.some((column) => column !== column.toLowerCase() && isColumn(column.toLowerCase()))) {
    return " Names are written in lower case.";
  }
  const separator = columns.length === 1 ? /[;\t|]/.exec(columns[0] ?? "")?.[0] : undefined;
  if (separator === undefined) return "";
  return ` Its fields seem to be separated by ${separator === "\t" ? "tabs" : `"${separator}"`}; commas are expected.`;
}

/** A sentence that names the dataset whose required columns are all there, where it is another one. */
function resemblance(columns: readonly string[], dataset: Dataset): string {
  const other = DATASETS.find(
    (one) => one !== dataset && contracts[one].required.every((column) => columns.includes(column)),
  );
  return other === undefined ? "" : ` It looks like ${other}: it may lie in the wrong folder.`;
}
