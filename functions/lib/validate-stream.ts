import { contracts, type Dataset } from "../../contracts";
import { CsvRecords } from "./csv-records";
import { checkFormat, checkHeader, type FileFormat, headerNames, recognizeFormat, rejectMissing } from "./file-format";
import { FileRejected, type RejectCode } from "./file-rejected";
import { JsonDocument, JsonLines, type OnJsonRecord } from "./json-records";
import { printable } from "./printable";
import { type BrokenRules, RowChecker, UNPARSABLE } from "./row-checker";
import { typeText } from "./rule-text";
import { TextStream } from "./text-stream";

/** Bounds that hold for every dataset; what differs by dataset stands in its contract (`x-limits`). */
export const DEFAULTS = Object.freeze({
  /** Longest record in characters (UTF-16 units): what the validator keeps in memory of a file. */
  maxRecordLength: 1_048_576,
  /** Most columns of a header, and most unknown columns that a report names. */
  maxColumns: 1_000,
  /** Most bytes of the columns' names together: the ledger keeps them, twice where unknown, in an item of at most 400 KB. */
  maxNameBytes: 65_536,
  /** Deepest nesting of a JSON record. */
  maxDepth: 64,
  /** A gzip file may expand at most so many times, once it gave more than `inflationGrace` bytes. */
  maxInflation: 200,
  inflationGrace: 67_108_864,
  /** Bytes between two splits of a file. */
  splitBytes: 16_777_216,
  /** Bad records after which the rest is not read where, whatever it holds, the file would be rejected. */
  maxBadRows: 1_000_000,
  /** Offending lines that a report names for each rule. */
  maxLines: 5,
  /** Longest reason in characters. */
  maxReason: 1_000,
});

/** What to validate a file against. */
export interface ValidateOptions {
  readonly dataset: Dataset;
  /** Start of the run: no event may be later. */
  readonly processingTime: Date;
  /** Size of the file in bytes where it is known beforehand: a file out of bounds is then rejected unread, and half a file is none. */
  readonly size?: number;
}

/** How often a rule was broken, and the first lines where (a record's first line, from 1). */
export interface RuleCount {
  readonly count: number;
  readonly lines: readonly number[];
}

/** A place in a file at which a record begins, so that the rest can be read by itself. */
export interface Split {
  /** Bytes before it. */
  readonly offset: number;
  /** Number of the record, from 1, and of its line or a blank one before it. */
  readonly record: number;
  readonly line: number;
}

/** What validation found out about a file. */
export interface FileReport {
  readonly verdict: "accepted" | "rejected";
  /** Why it was rejected: for programs, and for people. */
  readonly code?: RejectCode;
  readonly reason?: string;
  /** Bytes read, and their MD5 in hexadecimal: absent where the file was rejected before its end. */
  readonly bytes: number;
  readonly md5?: string;
  /** Absent where the file was rejected before it was recognised. */
  readonly format?: FileFormat;
  readonly compression: "none" | "gzip";
  readonly bom: boolean;
  readonly delimiter?: ",";
  /** Columns in the order of the header, none where it is not the contract's; of JSON the members that occur, the contract's first. */
  readonly columns: readonly string[];
  readonly unknownColumns: readonly string[];
  /** Records, those that cannot be parsed among them, and how many of them break a rule. */
  readonly rows: number;
  readonly badRows: number;
  readonly rules: Readonly<Record<string, RuleCount>>;
  /** Where a large file can be read in parts; none in compressed files and JSON documents. */
  readonly splits: readonly Split[];
}

/**
 * Reads a file once and checks every record of it against its dataset's contract. Memory does not grow with the file.
 *
 * @param source the file's bytes as stored, gzip or not, such as `createReadStream(path)`.
 * @returns the verdict on the file: a bad file is no error.
 * @throws whatever the source throws, or that it ended before the file did: then nothing is known about the file.
 * @example
 * const report = await validateStream(createReadStream("a.csv"), { dataset: "reviews", processingTime: new Date() });
 * console.log(report.verdict, report.rows, report.reason ?? "");
 */
export async function validateStream(source: AsyncIterable<Uint8Array>, options: ValidateOptions): Promise<FileReport> {
  const { maxFileBytes } = contracts[options.dataset]["x-limits"];
  const text = new TextStream(source, { ...DEFAULTS, maxFileBytes });
  const file = new FileValidation(options);
  let rejected: FileRejected | undefined;
  try {
    checkSize(options.size, maxFileBytes);
    for await (const piece of text) file.push(piece, text.offset, text.compression === "none");
    file.end();
  } catch (error) {
    if (!(error instanceof FileRejected)) throw error;
    rejected = error;
  }
  if (text.md5 !== undefined && options.size !== undefined && text.bytes !== options.size) {
    throw new Error(
      `${text.bytes} bytes came of a file of ${options.size}: the connection broke, or the file is being written.`,
    );
  }
  return {
    verdict: rejected === undefined ? "accepted" : "rejected",
    ...(rejected === undefined ? {} : { code: rejected.code, reason: printable(rejected.message, DEFAULTS.maxReason) }),
    bytes: text.bytes,
    ...(text.md5 === undefined ? {} : { md5: text.md5 }),
    compression: text.compression,
    bom: text.hasBom,
    ...file.findings(),
  };
}

function checkSize(size: number | undefined, maxFileBytes: number): void {
  if (size === 0) throw new FileRejected("empty", "The file is empty.");
  if (size !== undefined && size > maxFileBytes) {
    throw new FileRejected("too-large", `The file has ${size} bytes; the contract allows ${maxFileBytes}.`);
  }
}

/** Splits text into records. */
interface RecordReader {
  /** The line at which the next record begins, where the text so far ends with a record. */
  readonly nextLine?: number | undefined;
  push(piece: string): void;
  end(): void;
}

/** Takes a text in pieces: recognises the format by its beginning, then reads and checks its records. */
class FileValidation {
  private head = "";
  private format: FileFormat | undefined;
  private reader: RecordReader | undefined;
  private readonly splits: Split[] = [];
  private columns: string[] = [];
  private readonly unknown = new Set<string>();
  private readonly checker: RowChecker;
  private readonly rules = new Map<string, { count: number; lines: number[] }>();
  private rows = 0;
  private badRows = 0;

  constructor(private readonly options: ValidateOptions) {
    this.checker = new RowChecker(options.dataset, options.processingTime);
  }

  /**
   * @param offset bytes of the content before the piece.
   * @param isSeekable whether the file can be read from there.
   */
  push(piece: string, offset: number, isSeekable: boolean): void {
    if (this.reader !== undefined) {
      if (isSeekable) this.split(this.reader, offset);
      this.reader.push(piece);
      this.rejectHopeless(isSeekable, offset);
      return;
    }
    this.head += piece;
    this.start(this.head.length > DEFAULTS.maxRecordLength);
  }

  end(): void {
    if (this.reader === undefined) this.start(true);
    if (this.reader === undefined) throw new FileRejected("empty", "The file holds nothing but white space.");
    this.reader.end();
    if (this.format !== "csv" && this.rows > (this.rules.get(UNPARSABLE)?.count ?? 0)) {
      rejectMissing(this.jsonColumns(), this.options.dataset);
    }
    this.rejectTooManyBad();
  }

  findings(): Pick<
    FileReport,
    "format" | "delimiter" | "columns" | "unknownColumns" | "rows" | "badRows" | "rules" | "splits"
  > {
    const rules = [...this.rules].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...(this.format === undefined ? {} : { format: this.format }),
      ...(this.format === "csv" ? { delimiter: "," } : {}),
      columns: this.format === "csv" ? this.columns : this.jsonColumns(),
      unknownColumns: [...this.unknown],
      rows: this.rows,
      badRows: this.badRows,
      rules: Object.fromEntries(rules),
      splits: this.splits,
    };
  }

  private split({ nextLine }: RecordReader, offset: number): void {
    const last = this.splits.at(-1)?.offset ?? 0;
    if (nextLine !== undefined && offset >= last + DEFAULTS.splitBytes) {
      this.splits.push({ offset, record: this.rows + 1, line: nextLine });
    }
  }

  private start(isWhole: boolean): void {
    const format = recognizeFormat(this.head, isWhole);
    if (format === undefined) {
      if (this.head.length > DEFAULTS.maxRecordLength) {
        throw new FileRejected(
          "limits",
          `The file begins with more than ${DEFAULTS.maxRecordLength} characters of white space.`,
        );
      }
      return;
    }
    this.format = format;
    checkFormat(format, this.options.dataset, this.head);
    this.reader = format === "csv" ? this.csvReader() : this.jsonReader(format);
    this.reader.push(this.head);
    this.head = "";
  }

  private csvReader(): CsvRecords {
    let check: ((fields: readonly string[]) => BrokenRules) | undefined;
    const unparsable = [UNPARSABLE];
    const records = new CsvRecords(DEFAULTS.maxRecordLength, (fields, line) => {
      if (check === undefined) {
        check = this.checker.checkFields(this.readHeader(fields));
      } else if (fields !== null && fields.length === this.columns.length) {
        this.count(check(fields), line);
      } else if (fields !== null && fields.length < this.columns.length && records.isUnended) {
        throw new FileRejected(
          "truncated",
          `The file ends in the middle of line ${line}, after ${fields.length} of ${this.columns.length} fields: it is cut off.`,
        );
      } else {
        this.count(unparsable, line);
      }
    });
    return records;
  }

  private readHeader(fields: readonly string[] | null): string[] {
    if (fields === null) throw new FileRejected("columns", "The header cannot be read: text follows a closing quote.");
    if (fields.length > DEFAULTS.maxColumns) {
      throw new FileRejected("limits", `The header has ${fields.length} columns; ${DEFAULTS.maxColumns} are allowed.`);
    }
    const columns = headerNames(fields);
    const bytes = columns.reduce((sum, name) => sum + Buffer.byteLength(name), 0);
    if (bytes > DEFAULTS.maxNameBytes) {
      throw new FileRejected(
        "limits",
        `The names of the ${fields.length} columns have ${bytes} bytes; ${DEFAULTS.maxNameBytes} are allowed.`,
      );
    }
    for (const name of checkHeader(columns, this.options.dataset)) this.unknown.add(name);
    this.columns = columns;
    return columns;
  }

  private jsonReader(format: Exclude<FileFormat, "csv">): JsonLines | JsonDocument {
    const limits = { maxLength: DEFAULTS.maxRecordLength, maxDepth: DEFAULTS.maxDepth };
    const unparsable = [UNPARSABLE];
    let bytes = 0;
    const check = this.checker.checkObjects((name) => {
      if (this.unknown.size >= DEFAULTS.maxColumns || this.unknown.has(name)) return;
      const more = Buffer.byteLength(name);
      if (bytes + more > DEFAULTS.maxNameBytes) return;
      bytes += more;
      this.unknown.add(name);
    });
    const onRecord: OnJsonRecord = (record, line) => this.count(record === null ? unparsable : check(record), line);
    return format === "jsonl"
      ? new JsonLines(limits, onRecord)
      : new JsonDocument(format === "json-array" ? "array" : "object", limits, onRecord);
  }

  private jsonColumns(): string[] {
    const known = [...this.checker.counts].filter(([, count]) => count.values > 0).map(([name]) => name);
    return [...known, ...this.unknown];
  }

  private count(broken: BrokenRules, line: number): void {
    this.rows++;
    if (broken.length === 0) return;
    this.badRows++;
    for (const rule of broken) {
      const seen = this.rules.get(rule);
      if (seen === undefined) {
        this.rules.set(rule, { count: 1, lines: [line] });
      } else {
        seen.count++;
        if (seen.lines.length < DEFAULTS.maxLines) seen.lines.push(line);
      }
    }
  }

  /**
   * Spares the rest of a large file that will be rejected even if every further record is good and as short as can be: to name
   * what is wrong with a record takes many times longer than to find it good.
   */
  private rejectHopeless(isPlain: boolean, offset: number): void {
    if (this.badRows <= DEFAULTS.maxBadRows) return;
    const { required, "x-limits": limits } = contracts[this.options.dataset];
    // A character and a separator for each required value; in JSON also its name, quotes and a colon.
    const name = (column: string) => (this.format === "csv" ? 0 : column.length + 3);
    const shortest = required.reduce((sum, column) => sum + name(column) + 2, 0);
    const bytes = (isPlain ? this.options.size : undefined) ?? limits.maxFileBytes;
    this.rejectTooManyBad(Math.max(0, bytes - offset) / shortest);
  }

  /** @param further so many good records may follow. */
  private rejectTooManyBad(further = 0): void {
    const { dataset } = this.options;
    const { maxBadShare } = contracts[dataset]["x-limits"];
    if (this.badRows <= (this.rows + further) * maxBadShare) return;
    const byCount = [...this.rules].sort(([a, left], [b, right]) => right.count - left.count || (a < b ? -1 : 1));
    const rules = byCount
      .slice(0, 5)
      .map(
        ([rule, { count, lines }]) =>
          `${rule} ${count} (${count > 1 ? "lines" : "line"} ${lines.join(", ")}${count > lines.length ? ", …" : ""})`,
      );
    const retyped = [...this.checker.counts].filter(([, { values, mistyped }]) => values > 0 && values === mistyped);
    throw new FileRejected(
      "bad-rows",
      `${this.badRows} of ${further > 0 ? "the first " : ""}${this.rows} records (${percent(this.badRows / this.rows)}) break a rule; the contract allows ${percent(maxBadShare)}. ${rules.join("; ")}.${
        retyped.length === 0
          ? ""
          : ` Retyped: no value of ${retyped.map(([name]) => `${name} is ${typeText(dataset, name)}`).join("; none of ")}.`
      }`,
    );
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
