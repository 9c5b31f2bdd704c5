import type { ColumnFormat, ColumnSchema, ColumnType } from "../../contracts";

/** A value as it is checked: dates and times are microseconds since 1970-01-01T00:00Z. */
export type Value = string | number | boolean;

/** What a field holds: a value, null, or undefined where it is not of its column's type. */
export type Read = Value | null | undefined;

const INTEGER_RANGE = {
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

const MICROS_PER_DAY = 86_400_000_000;
const MAX_OFFSET_MINUTES = 18 * 60;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** So many digits always fit a double, and any int that has fewer is in range. */
const SAFE_DIGITS = 10;

const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const SPACE = 32;
const UPPER_T = 84;
const UPPER_Z = 90;

/**
 * Makes the function that reads a column's field of a CSV record, as docs/architecture.md ("Values") says.
 *
 * @example
 * textReader({ type: "integer", "x-type": "int", description: "" })(" 12 "); // 12
 */
export function textReader(column: ColumnSchema): (text: string) => Read {
  const parse = textParser(column["x-type"], column.format);
  if (parse === undefined) {
    return stringReader(column);
  }
  return (text) => {
    const trimmed = trim(text);
    return trimmed === "" ? null : parse(trimmed);
  };
}

/** Makes the function that reads a column's member of a JSON record. An absent member is undefined in JSON terms: pass null. */
export function jsonReader(column: ColumnSchema): (value: unknown) => Read {
  const type = column["x-type"];
  if (type === "string" || type === "date" || type === "timestamp") {
    const read = textReader(column);
    return (value) => (typeof value === "string" ? read(value) : value === null ? null : undefined);
  }
  const isOfType = jsonCheck(type);
  return (value) => (value === null || value === "" ? null : isOfType(value) ? value : undefined);
}

/** Takes spaces, tabs, carriage returns and line feeds from both ends: what every reader of the lake trims, and no more. */
export function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return end - start === text.length ? text : text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === 9 || code === 10 || code === 13;
}

function stringReader(column: ColumnSchema): (text: string) => Read {
  const trims = column["x-normalize"]?.includes("trim") ?? false;
  const lowers = column["x-normalize"]?.includes("lower") ?? false;
  return (text) => {
    const trimmed = trims ? trim(text) : text;
    return trimmed === "" ? null : lowers ? trimmed.toLowerCase() : trimmed;
  };
}

/** The parser of a type's text, or undefined for strings, which need none. */
function textParser(
  type: ColumnType,
  format: ColumnFormat | undefined,
): ((text: string) => Value | undefined) | undefined {
  switch (type) {
    case "string":
      return undefined;
    case "int":
    case "bigint":
      return (text) => parseInteger(text, type);
    case "double":
      return parseDouble;
    case "boolean":
      return parseBoolean;
    case "date":
      return parseDate;
    case "timestamp":
      return format === "date-time-optional-zone" ? parseZonedDateTime : parseDateOptionalTime;
    default: {
      const [precision, scale] = decimalDigits(type);
      return (text) => parseDecimal(text, precision, scale);
    }
  }
}

function jsonCheck(type: Exclude<ColumnType, "string" | "date" | "timestamp">): (value: unknown) => value is Value {
  switch (type) {
    case "boolean":
      return (value) => typeof value === "boolean";
    case "double":
      return (value): value is Value => typeof value === "number" && Number.isFinite(value);
    case "int":
    case "bigint": {
      const [least, most] = INTEGER_RANGE[type];
      return (value): value is Value =>
        typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
    }
    default: {
      const [precision, scale] = decimalDigits(type);
      const unit = 10 ** scale;
      const limit = 10 ** precision;
      // A double stands for the shortest decimal that rounds to it; that one has at most `scale` digits exactly where
      // rounding to `scale` digits gives the same double back.
      return (value): value is Value => {
        if (typeof value !== "number") return false;
        const scaled = Math.round(value * unit);
        return scaled / unit === value && Math.abs(scaled) < limit;
      };
    }
  }
}

/** Precision and scale of `decimal(p,s)`. */
export function decimalDigits(type: ColumnType): [precision: number, scale: number] {
  const match = /^decimal\((\d+),(\d+)\)$/.exec(type);
  if (match === null) {
    throw new Error(`"${type}" is not a column type; the known ones are in contracts/types.ts.`);
  }
  return [Number(match[1]), Number(match[2])];
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** The index after the run of digits that begins at `at`. */
function skipDigits(text: string, at: number): number {
  let index = at;
  while (index < text.length && isDigit(text.charCodeAt(index))) index++;
  return index;
}

/** 1 where the text begins with a sign, else 0. */
function signLength(text: string): number {
  const first = text.charCodeAt(0);
  return first === PLUS || first === MINUS ? 1 : 0;
}

function parseInteger(text: string, type: keyof typeof INTEGER_RANGE): number | undefined {
  const start = signLength(text);
  if (start === text.length || skipDigits(text, start) !== text.length) return undefined;
  if (text.length < SAFE_DIGITS) return toSafeNumber(text, start, text.length, 0);
  const exact = BigInt(text.slice(start)) * (text.charCodeAt(0) === MINUS ? -1n : 1n);
  const [least, most] = INTEGER_RANGE[type];
  return exact >= least && exact <= most ? Number(exact) : undefined;
}

function parseDecimal(text: string, precision: number, scale: number): number | undefined {
  let start = signLength(text);
  const dot = skipDigits(text, start);
  if (dot === start) return undefined;
  let end = text.length;
  if (dot < end) {
    if (text.charCodeAt(dot) !== DOT || dot + 1 === end || skipDigits(text, dot + 1) !== end) return undefined;
    while (text.charCodeAt(end - 1) === ZERO) end--;
  }
  while (text.charCodeAt(start) === ZERO) start++;
  const fraction = Math.max(0, end - dot - 1);
  if (dot - start > precision - scale || fraction > scale) return undefined;
  return end - start < SAFE_DIGITS ? toSafeNumber(text, start, end, fraction) : Number(text);
}

/**
 * The number that the digits from `start` to `end` spell, of which the last `fraction` stand behind a dot; the sign is the text's
 * first character. Exactly what Number gives, and several times as fast: the digits fit a double without rounding, and so does the
 * power of ten, hence their quotient is the double that is nearest.
 */
function toSafeNumber(text: string, start: number, end: number, fraction: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code !== DOT) value = value * 10 + code - ZERO;
  }
  const scaled = fraction === 0 ? value : value / 10 ** fraction;
  return text.charCodeAt(0) === MINUS ? -scaled : scaled;
}

function parseDouble(text: string): number | undefined {
  const value = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  if (text === "1") return true;
  if (text === "0") return false;
  const lower = text.length <= 5 ? text.toLowerCase() : "";
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

/** The number that `count` digits from `at` spell, or -1 where one of them is no digit. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - ZERO;
  }
  return value;
}

/** Days since 1970-01-01 of the `YYYY-MM-DD` that the text begins with, or undefined where there is no such day. */
function epochDay(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return undefined;
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > (month === 2 && isLeap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0))) return undefined;
  // Counted from 1 March, so that the leap day is a year's last: 153 days are five months of 31, 30, 31, 30, 31.
  const shifted = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    shifted * 365 +
    Math.floor(shifted / 4) -
    Math.floor(shifted / 100) +
    Math.floor(shifted / 400) +
    dayOfYear -
    719_468
  );
}

/** Seconds of the `HH:MM` or `HH:MM:SS` at `at`, or -1 where it is no time of day. */
function secondsOfDay(text: string, at: number, withSeconds: boolean): number {
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  const second = withSeconds ? digits(text, at + 6, 2) : 0;
  if (text.charCodeAt(at + 2) !== COLON || (withSeconds && text.charCodeAt(at + 5) !== COLON)) return -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  return hour * 3600 + minute * 60 + second;
}

function parseDate(text: string): number | undefined {
  const day = text.length === 10 ? epochDay(text) : undefined;
  return day === undefined ? undefined : day * MICROS_PER_DAY;
}

/** `YYYY-MM-DD[ HH:MM:SS]`. */
function parseDateOptionalTime(text: string): number | undefined {
  if (text.length === 10) return parseDate(text);
  const day = text.length === 19 && text.charCodeAt(10) === SPACE ? epochDay(text) : undefined;
  const seconds = secondsOfDay(text, 11, true);
  return day === undefined || seconds < 0 ? undefined : day * MICROS_PER_DAY + seconds * 1_000_000;
}

/** `YYYY-MM-DD(T| )HH:MM[:SS[.f{1,9}]][Z|±HH:MM|±HHMM|±HH]`. */
function parseZonedDateTime(text: string): number | undefined {
  const separator = text.charCodeAt(10);
  const day = separator === UPPER_T || separator === SPACE ? epochDay(text) : undefined;
  const withSeconds = text.charCodeAt(16) === COLON;
  const seconds = secondsOfDay(text, 11, withSeconds);
  if (day === undefined || seconds < 0) return undefined;
  let at = withSeconds ? 19 : 16;
  let micros = 0;
  if (withSeconds && text.charCodeAt(at) === DOT) {
    const end = skipDigits(text, at + 1);
    const length = end - at - 1;
    if (length < 1 || length > 9) return undefined;
    micros = length > 6 ? digits(text, at + 1, 6) : digits(text, at + 1, length) * 10 ** (6 - length);
    at = end;
  }
  const offset = offsetMinutes(text, at);
  return offset === undefined ? undefined : day * MICROS_PER_DAY + (seconds - offset * 60) * 1_000_000 + micros;
}

/** Minutes east of UTC that the rest of the text from `at` says; nothing is UTC. */
function offsetMinutes(text: string, at: number): number | undefined {
  const length = text.length - at;
  const sign = text.charCodeAt(at);
  if (length === 0 || (length === 1 && sign === UPPER_Z)) return 0;
  if (sign !== PLUS && sign !== MINUS) return undefined;
  const hasColon = length === 6 && text.charCodeAt(at + 3) === COLON;
  if (length !== 3 && length !== 5 && !hasColon) return undefined;
  const hours = digits(text, at + 1, 2);
  const minutes = length === 3 ? 0 : digits(text, at + (hasColon ? 4 : 3), 2);
  const total = hours * 60 + minutes;
  if (hours < 0 || minutes < 0 || minutes > 59 || total > MAX_OFFSET_MINUTES) return undefined;
  return sign === MINUS ? -total : total;
}
