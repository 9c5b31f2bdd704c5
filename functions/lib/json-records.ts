import { FileRejected } from "./file-rejected";

/** A JSON object as it was parsed. Its members are own properties, `__proto__` too: JSON.parse sets no prototype. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Hears of a record, or of null where it is no JSON object; `line` is the record's first line, from 1. */
export type OnJsonRecord = (record: JsonObject | null, line: number) => void;

/** Limits of a JSON record. */
export interface JsonLimits {
  /** Longest record in UTF-16 units. */
  readonly maxLength: number;
  /** Deepest nesting of a record; a flat object is 1. A deeper one counts as no JSON object. */
  readonly maxDepth: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const COMMA = 44;
const LF = 10;

/**
 * Reads JSON lines that arrive in pieces: a record is a line that holds more than white space.
 *
 * @example
 * const lines = new JsonLines(limits, (record, line) => console.log(line, record));
 * lines.push('{"a": 1}\n{"a"'); // 1 { a: 1 }
 * lines.push(": 2}");
 * lines.end(); // 2 { a: 2 }
 */
export class JsonLines {
  private text = "";
  private line = 1;

  constructor(
    private readonly limits: JsonLimits,
    private readonly onRecord: OnJsonRecord,
  ) {}

  /** The line at which the next record begins, or undefined in the middle of one. */
  get nextLine(): number | undefined {
    return this.text === "" ? this.line : undefined;
  }

  /**
   * Takes the next piece of the text, of any length.
   *
   * @throws FileRejected where a line is longer than the limit.
   */
  push(piece: string): void {
    const text = this.text + piece;
    let start = 0;
    let end = text.indexOf("\n", this.text.length);
    while (end >= 0) {
      this.read(text.slice(start, end));
      this.line++;
      start = end + 1;
      end = text.indexOf("\n", start);
    }
    this.text = text.slice(start);
    checkLength(this.text.length, this.line, this.limits);
  }

  /**
   * Says that the text is over; the last line needs no line end.
   *
   * @throws FileRejected where the last line is an unfinished JSON text.
   */
  end(): void {
    if (parse(this.text) === undefined && isUnfinished(this.text)) {
      throw new FileRejected(
        "truncated",
        `The file ends in the middle of the JSON of line ${this.line}: it is cut off.`,
      );
    }
    this.read(this.text);
  }

  private read(line: string): void {
    checkLength(line.length, this.line, this.limits);
    const first = firstOfText(line);
    // What does not begin like an object is none. Parsed it would say so, too, but an error takes long.
    if (first >= 0) this.onRecord(first === OPEN_BRACE ? asRecord(parse(line), this.limits) : null, this.line);
  }
}

/** A value of a document whose end is being looked for. */
interface OpenValue {
  /** Index of its first character in the text that is held. */
  start: number;
  /** Brackets open, and whether the scan is in a string, behind a backslash. */
  depth: number;
  inString: boolean;
  isEscaped: boolean;
  /** Line breaks in it so far. */
  lines: number;
}

/**
 * Reads one JSON document that arrives in pieces: an array, whose elements are the records, or an object, the only record. Keeps
 * no more than the record that a piece ends in, and looks at each character once.
 *
 * @example
 * const document = new JsonDocument("array", limits, (record, line) => console.log(line, record));
 * document.push('[{"a": 1},\n {"a"'); // 1 { a: 1 }
 * document.push(": 2}]"); // 2 { a: 2 }
 * document.end();
 */
export class JsonDocument {
  private text = "";
  private at = 0;
  private line = 1;
  private place: "start" | "first" | "element" | "separator" | "end" = "start";
  private value: OpenValue | undefined;

  constructor(
    private readonly kind: "array" | "object",
    private readonly limits: JsonLimits,
    private readonly onRecord: OnJsonRecord,
  ) {}

  /**
   * Takes the next piece of the text, of any length.
   *
   * @throws FileRejected where the text is not valid JSON, or a record is longer than the limit.
   */
  push(piece: string): void {
    const letGo = this.value?.start ?? this.at;
    this.text = this.text.slice(letGo) + piece;
    this.at -= letGo;
    if (this.value !== undefined) this.value.start = 0;
    while (this.at < this.text.length) {
      if (this.value === undefined) this.stepBetweenValues(this.text.charCodeAt(this.at));
      else this.scanValue(this.value);
    }
    if (this.value !== undefined) checkLength(this.at - this.value.start, this.line, this.limits);
  }

  /**
   * Says that the text is over.
   *
   * @throws FileRejected where the document is not complete.
   */
  end(): void {
    if (this.place !== "end") {
      const line = this.line + (this.value?.lines ?? 0);
      throw new FileRejected(
        "truncated",
        `The file ends in line ${line} before its JSON ${this.kind} does: it is cut off.`,
      );
    }
  }

  private stepBetweenValues(code: number): void {
    if (isJsonSpace(code)) {
      if (code === LF) this.line++;
      this.at++;
    } else if (this.place === "start" && this.kind === "array") {
      this.at++;
      this.place = "first";
    } else if (this.place === "first" && code === CLOSE_BRACKET) {
      this.at++;
      this.place = "end";
    } else if (this.place === "separator") {
      if (code !== COMMA && code !== CLOSE_BRACKET) this.syntaxError("a comma or ] is expected");
      this.at++;
      this.place = code === COMMA ? "element" : "end";
    } else if (this.place === "end") {
      this.syntaxError(`more follows the JSON ${this.kind}; several objects are written one a line, or as an array`);
    } else {
      this.value = { start: this.at, depth: 0, inString: false, isEscaped: false, lines: 0 };
    }
  }

  /** Looks for the value's end by quotes and brackets alone: JSON.parse judges the whole. */
  private scanValue(value: OpenValue): void {
    const text = this.text;
    let at = this.at;
    let end = -1;
    for (; at < text.length && end < 0; at++) {
      const code = text.charCodeAt(at);
      if (code === LF) value.lines++;
      if (value.isEscaped) {
        value.isEscaped = false;
      } else if (value.inString) {
        if (code === BACKSLASH) value.isEscaped = true;
        else if (code === QUOTE) value.inString = false;
      } else if (code === QUOTE) {
        value.inString = true;
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        value.depth++;
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        value.depth--;
        if (value.depth === 0) end = at + 1;
        else if (value.depth < 0) end = at;
      } else if (code === COMMA && value.depth === 0) {
        end = at;
      }
    }
    this.at = end < 0 ? at : end;
    if (end >= 0) this.endValue(value);
  }

  private endValue(value: OpenValue): void {
    checkLength(this.at - value.start, this.line, this.limits);
    const parsed = parse(this.text.slice(value.start, this.at));
    if (parsed === undefined) this.syntaxError("a value there is malformed");
    this.onRecord(asRecord(parsed, this.limits), this.line);
    this.line += value.lines;
    this.value = undefined;
    this.place = this.kind === "array" ? "separator" : "end";
  }

  private syntaxError(what: string): never {
    throw new FileRejected("syntax", `The file is not valid JSON: in or after line ${this.line} ${what}.`);
  }
}

/**
 * Whether a text is the beginning of a JSON object or array that does not end in it.
 *
 * @example
 * isUnfinished('{"a": [1, 2'); // true; '{"a": }' is finished, if wrong
 */
export function isUnfinished(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      if (depth === 0) return false;
      inString = true;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    } else if (depth === 0 && !isJsonSpace(code)) {
      return false;
    }
  }
  return depth > 0;
}

/** White space as JSON knows it: space, tab, line feed, carriage return. */
export function isJsonSpace(code: number): boolean {
  return code === 32 || code === LF || code === 13 || code === 9;
}

/** The first character that is no white space, or -1 where there is none. */
function firstOfText(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isJsonSpace(code)) return code;
  }
  return -1;
}

/** The value of a JSON text, or undefined where it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error quotes the text, which may hold personal data: it is not passed on.
    return undefined;
  }
}

function asRecord(value: unknown, limits: JsonLimits): JsonObject | null {
  return isObject(value) && isWithinDepth(value, limits.maxDepth) ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Level by level instead of recursively: the nesting is the sender's to choose, the stack is not. */
function isWithinDepth(record: object, maxDepth: number): boolean {
  let level: object[] = [record];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return false;
    const next: object[] = [];
    for (const parent of level) {
      for (const child of Object.values(parent)) {
        if (typeof child === "object" && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return true;
}

function checkLength(length: number, line: number, limits: JsonLimits): void {
  if (length > limits.maxLength) {
    throw new FileRejected(
      "limits",
      `The record that begins in line ${line} is longer than ${limits.maxLength} characters: a line break or a bracket may be missing.`,
    );
  }
}
