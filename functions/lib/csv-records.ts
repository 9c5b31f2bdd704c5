import { FileRejected } from "./file-rejected";

/** Hears of a record: its fields, or null where text follows a closing quote; `line` is the record's first line, from 1. */
export type OnCsvRecord = (fields: readonly string[] | null, line: number) => void;

const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

enum State {
  /** In a field that no quote opened. */
  Plain,
  /** Between the quotes of a field. */
  Quoted,
  /** Behind a quote of a quoted field: its end, or the first half of an escaped quote. */
  Closing,
  /** Behind a closing quote and CR: only LF may follow. */
  ClosingCr,
}

/**
 * Splits CSV text that arrives in pieces into records, as RFC 4180 and docs/architecture.md ("Records") say.
 *
 * Keeps no more than the record that a piece ends in, and looks at each character once however many pieces a record spans.
 *
 * @example
 * const records = new CsvRecords(1_048_576, (fields, line) => console.log(line, fields));
 * records.push('a,b\r\n1,"x');
 * records.push('\ny"\r\n'); // 2 ["1", "x\ny"]
 * records.end();
 */
export class CsvRecords {
  /** Whether the record that is being told has no line end: it is the file's last, and may be cut off. */
  isUnended = false;
  private text = "";
  /** Index in `text` of the next character to look at, and of the first one of the current field. */
  private at = 0;
  private fieldStart = 0;
  /** Index of the first character of the current record; negative once earlier pieces are let go. */
  private recordStart = 0;
  private state = State.Plain;
  private hasEscape = false;
  private isMalformed = false;
  private fields: string[] = [];
  private line = 1;
  private recordLine = 1;

  /** @param maxLength longest record in UTF-16 units. */
  constructor(
    private readonly maxLength: number,
    private readonly onRecord: OnCsvRecord,
  ) {}

  /** The line at which the next record begins, or undefined in the middle of one. */
  get nextLine(): number | undefined {
    const isBetween = this.fields.length === 0 && this.fieldStart === this.text.length && this.state === State.Plain;
    return isBetween ? this.line : undefined;
  }

  /**
   * Takes the next piece of the text, of any length.
   *
   * @throws FileRejected where a record is longer than the limit.
   */
  push(piece: string): void {
    const letGo = this.fieldStart;
    this.text = this.text.slice(letGo) + piece;
    this.at -= letGo;
    this.recordStart -= letGo;
    this.fieldStart = 0;
    this.scan();
    this.checkLength(this.text.length);
  }

  /**
   * Says that the text is over; the last record needs no line end.
   *
   * @throws FileRejected where the text ends inside quotes.
   */
  end(): void {
    if (this.state === State.Quoted) {
      throw new FileRejected(
        "truncated",
        `The file ends inside a quoted field of the record that begins in line ${this.recordLine}: it is cut off, or a closing quote is missing.`,
      );
    }
    if (this.fields.length > 0 || this.fieldStart < this.text.length) {
      if (this.state === State.ClosingCr) this.isMalformed = true;
      this.isUnended = true;
      this.endField(this.text.length);
      this.endRecord();
    }
  }

  private scan(): void {
    const text = this.text;
    const length = text.length;
    let at = this.at;
    let state = this.state;
    for (; at < length; at++) {
      let code = text.charCodeAt(at);
      // All that matters inside a field is a comma or less: most characters are done with here.
      if (state === State.Plain || state === State.Quoted) {
        while (code > COMMA) code = text.charCodeAt(++at); // Behind the end it is NaN, which is not.
        if (at >= length) break;
      }
      if (state === State.Quoted) {
        if (code === QUOTE) state = State.Closing;
        else if (code === LF) this.line++;
        continue;
      }
      if (state === State.Closing || state === State.ClosingCr) {
        if (code === QUOTE && state === State.Closing) {
          state = State.Quoted;
          this.hasEscape = true;
          continue;
        }
        if (code === CR && state === State.Closing) {
          state = State.ClosingCr;
          continue;
        }
        if (code !== LF && (code !== COMMA || state === State.ClosingCr)) this.isMalformed = true;
        // Text behind a closing quote: goes on as if unquoted, so that the record ends with its line.
        if (this.isMalformed) state = State.Plain;
      }
      if (code === COMMA) {
        this.endField(at);
        this.fieldStart = at + 1;
        state = State.Plain;
      } else if (code === LF) {
        const end = at > this.fieldStart && text.charCodeAt(at - 1) === CR ? at - 1 : at;
        if (this.fields.length > 0 || end > this.fieldStart) {
          this.endField(end);
          this.checkLength(end);
          this.endRecord();
        }
        this.line++;
        this.recordLine = this.line;
        this.recordStart = at + 1;
        this.fieldStart = at + 1;
        state = State.Plain;
      } else if (code === QUOTE && at === this.fieldStart) {
        state = State.Quoted;
      }
    }
    this.at = at;
    this.state = state;
  }

  private endField(end: number): void {
    const start = this.fieldStart;
    if (end - start < 2 || this.text.charCodeAt(start) !== QUOTE) {
      this.fields.push(this.text.slice(start, end));
      return;
    }
    const inner = this.text.slice(start + 1, end - 1);
    this.fields.push(this.hasEscape ? inner.replaceAll('""', '"') : inner);
    this.hasEscape = false;
  }

  private endRecord(): void {
    const { fields, isMalformed, recordLine } = this;
    this.fields = [];
    this.isMalformed = false;
    this.onRecord(isMalformed ? null : fields, recordLine);
  }

  private checkLength(end: number): void {
    if (end - this.recordStart > this.maxLength) {
      throw new FileRejected(
        "limits",
        `The record that begins in line ${this.recordLine} is longer than ${this.maxLength} characters: a line break or a closing quote may be missing.`,
      );
    }
  }
}
