/** Logical type of a column, spelled as Athena, Spark and Iceberg spell it. */
export type ColumnType =
  | "string"
  | "int"
  | "bigint"
  | "double"
  | "boolean"
  | "date"
  | "timestamp"
  | `decimal(${number},${number})`;

/** How a personal column is masked on its way to curated. */
export type PiiClass = "pseudonym" | "network" | "family" | "withhold";

/** Lexical forms of dates and times; docs/architecture.md ("Values") defines each. */
export type ColumnFormat = "date" | "date-optional-time" | "date-time-optional-zone";

/** A column as a contract writes it: JSON Schema, and the keywords that contracts/README.md lists. */
export interface ColumnSchema {
  readonly type: string | readonly string[];
  readonly "x-type": ColumnType;
  readonly description: string;
  readonly format?: ColumnFormat;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly (string | null)[];
  readonly "x-not-future"?: boolean;
  readonly "x-normalize"?: readonly ("trim" | "lower")[];
  readonly "x-pii"?: PiiClass;
  readonly "x-references"?: string;
  readonly "x-near"?: { readonly column: string; readonly factor: number };
  readonly "x-computed"?: { readonly product: readonly [string, string]; readonly tolerance: number };
  readonly "x-bands"?: Readonly<Record<string, string | number>>;
  readonly "x-threshold"?: { readonly of: string; readonly atMost: number };
  readonly "x-part-of"?: "event-time";
}

/** A column that says all by itself, or points to one of another contract (`$id#/pointer`). */
export type ColumnOrRef = ColumnSchema | { readonly $ref: string };

/** What a contract allows of a file before anything in it is read as data. */
export interface FileLimits {
  /** Largest object accepted, in bytes as stored (compressed where the file is). */
  readonly maxFileBytes: number;
  /** Share of bad records, 0–1, above which the whole file is rejected. */
  readonly maxBadShare: number;
}

/** Thresholds of the data quality checks. */
export interface QualityLimits {
  /** Hours between the end of the batch date and its newest event. Absent: the dataset has no event time. */
  readonly freshnessHours?: number;
  /** Largest share of nulls, 0–1, of an optional column. */
  readonly maxNullShare: number;
}

/** A quality check that may fail for a while without closing the gate. */
export interface Waiver {
  /** Id of the check, such as `transactions.total_amount.nullShare`. */
  readonly check: string;
  readonly reason: string;
  /** Who is to see that it is not needed any longer. */
  readonly owner: string;
  /** Last batch date that it holds for, `YYYY-MM-DD`. */
  readonly until: string;
}

/** The contract of a dataset that arrives. */
export interface DatasetContract {
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly "x-version": string;
  readonly "x-owner": string;
  readonly "x-format": "csv" | "json";
  readonly "x-key": readonly string[];
  readonly "x-event-time": string | null;
  readonly "x-limits": FileLimits;
  readonly "x-quality": QualityLimits;
  readonly "x-waivers"?: readonly Waiver[];
  readonly "x-sessions"?: { readonly by: string; readonly gapMinutes: number };
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ColumnSchema>>;
  readonly "x-processed": {
    readonly partitionBy: readonly string[];
    readonly properties: Readonly<Record<string, ColumnSchema>>;
  };
}

/** The columns that every processed table ends with. */
export interface ProcessedContract {
  readonly $id: string;
  readonly properties: Readonly<Record<string, ColumnSchema>>;
}

/** The contract of a table that analysts see. */
export interface CuratedContract {
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly "x-version": string;
  readonly "x-key": readonly string[];
  readonly "x-partition-by": readonly string[];
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ColumnOrRef>>;
}

/** The contract of a table of what runs leave behind. */
export interface HistoryContract {
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly "x-version": string;
  readonly "x-key": readonly string[];
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ColumnSchema>>;
}

/** A column of a table, every reference resolved. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
  readonly nullable: boolean;
  readonly pii?: PiiClass;
  /** The contract's own words, for what the fields above leave out. */
  readonly schema: ColumnSchema;
}
