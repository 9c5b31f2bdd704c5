import { type ColumnSchema, contracts, type Dataset } from "../../contracts";
import { clickstream, products, reviews, transactions } from "./contract-validators/generated";
import { decimalDigits, jsonReader, type Read, textReader, type Value } from "./values";

/** The rule that a record breaks which cannot be read as one at all. */
export const UNPARSABLE = "record.parse";

/** What checking a record gives: its broken rules (`quantity.type`), none for a good one. */
export type BrokenRules = readonly string[];

/** How many of a column's values were there, and how many of those were not of its type. */
export interface ColumnCount {
  values: number;
  mistyped: number;
}

const VALIDATORS = { transactions, products, clickstream, reviews } satisfies Record<Dataset, unknown>;
const NONE: BrokenRules = [];

/** A column that the job computes as the product of two others where it is missing or off. */
interface ComputedColumn {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly tolerance: number;
  /** The first absolute value that the column does not hold. */
  readonly limit: number;
}

interface CheckedColumn {
  readonly name: string;
  readonly notFuture: boolean;
  readonly count: ColumnCount;
}

/**
 * Checks records of one file against a dataset's contract.
 *
 * @example
 * const checker = new RowChecker("reviews", new Date("2025-01-16T00:00:00Z"));
 * checker.checkFields(["review_id", "rating"])(["R1", "6"]); // ["product_id.required", …, "rating.maximum"]
 */
export class RowChecker {
  private readonly columns: readonly CheckedColumn[];
  private readonly computed: readonly ComputedColumn[];
  private readonly schemas: readonly ColumnSchema[];
  private readonly indexOf: ReadonlyMap<string, number>;
  private readonly now: number;
  /** The row under check, one object for all: its fields are overwritten, its shape never changes. */
  private readonly row: Record<string, Value | undefined>;
  private readonly mistyped: string[] = [];
  private readonly future: string[] = [];

  /** @param processingTime start of the run: no event may be later. */
  constructor(
    private readonly dataset: Dataset,
    processingTime: Date,
  ) {
    const entries = Object.entries(contracts[dataset].properties);
    this.schemas = entries.map(([, schema]) => schema);
    this.columns = entries.map(([name, schema]) => ({
      name,
      notFuture: schema["x-not-future"] === true,
      count: { values: 0, mistyped: 0 },
    }));
    this.computed = computedColumns(dataset);
    this.indexOf = new Map(entries.map(([name], index) => [name, index]));
    this.row = Object.fromEntries(entries.map(([name]) => [name, undefined]));
    this.now = processingTime.getTime() * 1000;
  }

  /** For each column how many values were seen so far, and how many were not of its type. */
  get counts(): ReadonlyMap<string, Readonly<ColumnCount>> {
    return new Map(this.columns.map((column) => [column.name, column.count]));
  }

  /** Makes the check of records that are fields in the order of a header; columns that the contract does not know are left out. */
  checkFields(header: readonly string[]): (fields: readonly string[]) => BrokenRules {
    const known = this.columns.flatMap((column, index) => {
      const at = header.indexOf(column.name);
      const schema = this.schemas[index];
      return at < 0 || schema === undefined ? [] : [{ column, at, read: textReader(schema) }];
    });
    return (fields) => {
      for (const { column, at, read } of known) {
        this.set(column, read(fields[at] ?? ""));
      }
      return this.verdict();
    };
  }

  /** Makes the check of records that are JSON objects. `onUnknown` hears of each member that the contract does not know. */
  checkObjects(onUnknown: (name: string) => void): (record: Readonly<Record<string, unknown>>) => BrokenRules {
    const readers = this.schemas.map(jsonReader);
    const known = this.columns.map((column, index) => ({ column, read: readers[index] }));
    return (record) => {
      for (const name in record) {
        if (!this.indexOf.has(name)) onUnknown(name);
      }
      for (const { column, read } of known) {
        const value = record[column.name];
        this.set(column, value === undefined || read === undefined ? null : read(value));
      }
      return this.verdict();
    };
  }

  private set(column: CheckedColumn, value: Read): void {
    this.row[column.name] = value ?? undefined;
    if (value === null) return;
    column.count.values++;
    if (value === undefined) {
      column.count.mistyped++;
      this.mistyped.push(column.name);
    } else if (column.notFuture && typeof value === "number" && value > this.now) {
      this.future.push(column.name);
    }
  }

  private verdict(): BrokenRules {
    const validate = VALIDATORS[this.dataset];
    const isValid = validate(this.row) && this.mistyped.length === 0 && this.future.length === 0;
    const unfit = this.computed.filter((column) => this.isUnfit(column));
    if (isValid && unfit.length === 0) return NONE;
    const rules = this.mistyped.map((name) => `${name}.type`);
    for (const error of validate.errors ?? []) {
      // A value that is not of its type was left out of the row, where it looks missing.
      const name = error.keyword === "required" ? String(error.params.missingProperty) : error.instancePath.slice(1);
      if (!this.mistyped.includes(name)) rules.push(`${name}.${error.keyword}`);
    }
    rules.push(...this.future.map((name) => `${name}.notFuture`), ...unfit.map(({ name }) => `${name}.computed`));
    this.mistyped.length = 0;
    this.future.length = 0;
    return rules;
  }

  /** Whether the job would have to put a product into the column that its type does not hold. */
  private isUnfit({ name, left, right, tolerance, limit }: ComputedColumn): boolean {
    const [a, b, value] = [this.row[left], this.row[right], this.row[name]];
    if (typeof a !== "number" || typeof b !== "number" || Math.abs(a * b) < limit) return false;
    const isOff = typeof value !== "number" || Math.abs(value - a * b) > tolerance;
    return isOff && !this.mistyped.includes(name);
  }
}

function computedColumns(dataset: Dataset): ComputedColumn[] {
  return Object.entries(contracts[dataset].properties).flatMap(([name, column]) => {
    const computed = column["x-computed"];
    if (computed === undefined) return [];
    const [precision, scale] = decimalDigits(column["x-type"]);
    const [left, right] = computed.product;
    return [{ name, left, right, tolerance: computed.tolerance, limit: 10 ** (precision - scale) }];
  });
}
