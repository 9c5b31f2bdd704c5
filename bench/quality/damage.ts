import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { csvField } from "../../cli/sample/rows";
import { type ColumnSchema, contracts } from "../../contracts";
import type { Defect, Row } from "./defects";

/** A row after a defect has struck, and the row that it was, or was made of. */
export interface Damaged {
  readonly row: Row;
  readonly from: Row;
}

/** Applies a defect to the rows of a file. `share` of them are hit, at least one, evenly spread. */
export function damaged({ change, add, all }: Defect, rows: readonly Row[], share: number): Damaged[] {
  if (all !== undefined) return all(rows).map((row) => ({ row, from: row }));
  const every = Math.max(1, Math.min(rows.length, Math.floor(1 / share)));
  return rows.flatMap((row, index): Damaged[] => {
    // In the middle of each stretch: at its beginning the generator puts faults of its own.
    if (index % every !== every >> 1) return [{ row, from: row }];
    if (add !== undefined)
      return [
        { row, from: row },
        { row: add(row, index), from: row },
      ];
    return [{ row: change === undefined ? row : change(row, index), from: row }];
  });
}

/** Damages every file of a dataset alike, in the form in which its source writes. */
export function damageFiles(folder: string, defect: Defect, share: number): void {
  for (const [name, content] of readFiles(folder)) {
    const text = content.toString("utf8");
    writeFileSync(path.join(folder, name), defect.file?.(text) ?? damagedText(name, text, defect, share));
  }
}

/** Puts the files of one folder in the place of another's: as they are, or with the records in another order. */
export function replaceFiles(folder: string, by: string, { dataset, stale }: Defect): void {
  rmSync(folder, { recursive: true });
  for (const [name, content] of readFiles(by)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  if (stale === "exported anew") {
    damageFiles(folder, { name: "in another order", dataset, all: (rows) => [...rows].reverse() }, 1);
  }
}

/** The files below a folder, by their path in it, in order. */
export function readFiles(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  return new Map(names.sort().map((name) => [name, readFileSync(path.join(folder, name))]));
}

function damagedText(name: string, text: string, defect: Defect, share: number): string {
  if (name.endsWith(".csv")) return damagedCsv(text, defect, share);
  if (name.endsWith(".jsonl")) {
    const lines = text.split("\n").filter(Boolean);
    const objects = damagedObjects(lines.flatMap(asObject), defect, share);
    // What is no object stays what it is, at the end.
    return [
      ...objects.map((value) => JSON.stringify(value)),
      ...lines.filter((line) => asObject(line).length === 0),
      "",
    ].join("\n");
  }
  if (name.endsWith(".json")) {
    const parsed: unknown = JSON.parse(text);
    const values: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    return JSON.stringify(damagedObjects(values.filter(isObject), defect, share));
  }
  throw new Error(`The corpus does not know what to do with ${name}.`);
}

function damagedCsv(text: string, defect: Defect, share: number): string {
  const lines: string[][] = parse(text, { bom: true, relax_column_count: true, relax_quotes: true });
  const [header = [], ...records] = lines;
  const rows = records.map(
    (fields): Row => Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ""])),
  );
  const result = damaged(defect, rows, share).map(({ row }) => row);
  const names = Object.keys(result[0] ?? rows[0] ?? {});
  const line = (row: Row) => names.map((name) => csvField(row[name] ?? "")).join(",");
  return [names.join(","), ...result.map(line), ""].join("\n");
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Values that the defect leaves alone stay as they are; others become what the contract says that they are, where they can. */
function damagedObjects(objects: readonly JsonObject[], defect: Defect, share: number): JsonObject[] {
  const text = (value: unknown) => (value === null || value === undefined ? "" : String(value));
  const originals = new Map<Row, JsonObject>();
  const rows = objects.map((object): Row => {
    const row = Object.fromEntries(Object.entries(object).map(([name, value]) => [name, text(value)]));
    originals.set(row, object);
    return row;
  });
  const schemas: Readonly<Record<string, ColumnSchema>> = contracts[defect.dataset].properties;
  return damaged(defect, rows, share).map(({ row, from }) => {
    const original = originals.get(from) ?? {};
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        text(original[name]) === value ? (original[name] ?? null) : typed(value, schemas[name]),
      ]),
    );
  });
}

function typed(text: string, schema: ColumnSchema | undefined): unknown {
  if (text === "") return null;
  const type = schema?.["x-type"] ?? "string";
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return /^(int|bigint|double|decimal)/.test(type) && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function asObject(line: string): JsonObject[] {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
