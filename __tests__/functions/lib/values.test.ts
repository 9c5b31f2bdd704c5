import type { ColumnSchema } from "../../../contracts";
import { jsonReader, textReader, trim } from "../../../functions/lib/values";

const column = (xType: ColumnSchema["x-type"], more: Partial<ColumnSchema> = {}): ColumnSchema => ({
  type: "string",
  "x-type": xType,
  description: "A column.",
  ...more,
});
const micros = (iso: string, extra = 0) => Date.parse(iso) * 1000 + extra;

describe("text of a CSV field", () => {
  test.each<[ColumnSchema, [string, unknown][]]>([
    [
      column("int"),
      [
        ["12", 12],
        ["+7", 7],
        ["-0", -0],
        ["007", 7],
        [" 12\t", 12],
        ["", null],
        [" \t\r\n", null],
        ["2147483647", 2147483647],
        ["2147483648", undefined],
        ["-2147483648", -2147483648],
        ["-2147483649", undefined],
        ["00000000000000000012", 12],
        ["99999999999999999999", undefined],
        ["1.0", undefined],
        ["1e3", undefined],
        ["+", undefined],
        ["--1", undefined],
        ["１２", undefined],
        ["1 2", undefined],
        ["0x10", undefined],
        ["NaN", undefined],
      ],
    ],
    [
      column("bigint"),
      [
        ["9223372036854775807", 2 ** 63],
        ["9223372036854775808", undefined],
        ["-9223372036854775808", -(2 ** 63)],
        ["-9223372036854775809", undefined],
      ],
    ],
    [
      column("decimal(10,2)"),
      [
        ["12.50", 12.5],
        ["12.500", 12.5],
        ["12.505", undefined],
        ["12", 12],
        ["+12.5", 12.5],
        ["-12.34", -12.34],
        ["0.1", 0.1],
        ["99999999.99", 99999999.99],
        ["100000000", undefined],
        ["0000000000099999999.990000", 99999999.99],
        [".5", undefined],
        ["5.", undefined],
        ["1.2.3", undefined],
        ["1e2", undefined],
        ["1,5", undefined],
        ["", null],
        ["€5", undefined],
        ["-", undefined],
        ["0", 0],
        ["000", 0],
      ],
    ],
    [
      column("decimal(2,1)"),
      [
        ["9.9", 9.9],
        ["10", undefined],
        ["0.05", undefined],
      ],
    ],
    [
      column("double"),
      [
        ["1.5e3", 1500],
        ["-2", -2],
        ["1e999", undefined],
        ["Infinity", undefined],
        ["", null],
      ],
    ],
    [
      column("boolean"),
      [
        ["true", true],
        ["FALSE", false],
        ["True", true],
        ["1", true],
        [" 0 ", false],
        ["yes", undefined],
        ["2", undefined],
        ["", null],
      ],
    ],
    [
      column("date", { format: "date" }),
      [
        ["2025-01-15", micros("2025-01-15T00:00:00Z")],
        ["2024-02-29", micros("2024-02-29T00:00:00Z")],
        ["2025-02-29", undefined],
        ["1900-02-29", undefined],
        ["2000-02-29", micros("2000-02-29T00:00:00Z")],
        ["2025-04-31", undefined],
        ["2025-00-10", undefined],
        ["2025-13-01", undefined],
        ["2025-01-00", undefined],
        ["0001-01-01", micros("0001-01-01T00:00:00Z")],
        ["0000-01-01", undefined],
        ["9999-12-31", micros("9999-12-31T00:00:00Z")],
        ["2025-1-5", undefined],
        ["15.01.2025", undefined],
        ["2025-01-15 10:00:00", undefined],
        ["2025/01/15", undefined],
        [" 2025-01-15 ", micros("2025-01-15T00:00:00Z")],
      ],
    ],
    [
      column("timestamp", { format: "date-optional-time" }),
      [
        ["2025-01-15", micros("2025-01-15T00:00:00Z")],
        ["2025-01-15 23:59:59", micros("2025-01-15T23:59:59Z")],
        ["2025-01-15T23:59:59", undefined],
        ["2025-01-15 24:00:00", undefined],
        ["2025-01-15 23:60:00", undefined],
        ["2025-01-15 23:59:60", undefined],
        ["2025-01-15 23:59", undefined],
        ["2025-01-15 23:59:59Z", undefined],
        ["2025-02-30 00:00:00", undefined],
      ],
    ],
    [
      column("timestamp", { format: "date-time-optional-zone" }),
      [
        ["2025-01-15T10:20", micros("2025-01-15T10:20:00Z")],
        ["2025-01-15 10:20:30", micros("2025-01-15T10:20:30Z")],
        ["2025-01-15T10:20:30Z", micros("2025-01-15T10:20:30Z")],
        ["2025-01-15T10:20Z", micros("2025-01-15T10:20:00Z")],
        ["2025-01-15T10:20:30+02:00", micros("2025-01-15T08:20:30Z")],
        ["2025-01-15T10:20:30-0530", micros("2025-01-15T15:50:30Z")],
        ["2025-01-15T10:20:30+02", micros("2025-01-15T08:20:30Z")],
        ["2025-01-01T00:30+01:00", micros("2024-12-31T23:30:00Z")],
        ["2025-01-15T10:20:30.5Z", micros("2025-01-15T10:20:30.500Z")],
        ["2025-01-15T10:20:30.123456789Z", micros("2025-01-15T10:20:30.123Z", 456)],
        ["2025-01-15T10:20:30.1234567891Z", undefined],
        ["2025-01-15T10:20:30.Z", undefined],
        ["2025-01-15T10:20.5Z", undefined],
        ["2025-01-15T10:20:30+18:00", micros("2025-01-14T16:20:30Z")],
        ["2025-01-15T10:20:30+18:01", undefined],
        ["2025-01-15T10:20:30+2", undefined],
        ["2025-01-15T10:20:30+02:60", undefined],
        ["2025-01-15T10:20:30 Z", undefined],
        ["2025-01-15T10:20:30z", undefined],
        ["2025-01-15", undefined],
        ["20250115T102030Z", undefined],
        ["", null],
      ],
    ],
    [
      column("string"),
      [
        ["", null],
        [" ", " "],
        [" a ", " a "],
        ["A", "A"],
      ],
    ],
    [
      column("string", { "x-normalize": ["trim", "lower"] }),
      [
        [" Completed\t", "completed"],
        [" \t", null],
        ["\u00a0x", "\u00a0x"],
      ],
    ],
  ])("of %j", (schema, cases) => {
    const read = textReader(schema);
    for (const [text, value] of cases) {
      expect([text, read(text)]).toEqual([text, value]);
    }
  });

  test("every day of 400 years is where Date puts it", () => {
    const read = textReader(column("date", { format: "date" }));
    const wrong: string[] = [];
    for (let day = Date.parse("1800-01-01"); day < Date.parse("2200-01-01"); day += 86_400_000) {
      const text = new Date(day).toISOString().slice(0, 10);
      if (read(text) !== day * 1000) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });
});

describe("member of a JSON record", () => {
  test.each<[ColumnSchema, [unknown, unknown][]]>([
    [
      column("int"),
      [
        [12, 12],
        [3.0, 3],
        [3.5, undefined],
        ["12", undefined],
        ["", null],
        [null, null],
        [2147483648, undefined],
        [true, undefined],
        [[], undefined],
        [Number.POSITIVE_INFINITY, undefined],
      ],
    ],
    [
      column("decimal(10,2)"),
      [
        [12.5, 12.5],
        [12.505, undefined],
        [0.1, 0.1],
        [0.29, 0.29],
        [1.005, undefined],
        [99999999.99, 99999999.99],
        [100000000, undefined],
        [1e-7, undefined],
        ["12.50", undefined],
        [{}, undefined],
      ],
    ],
    [
      column("boolean"),
      [
        [true, true],
        [false, false],
        ["true", undefined],
        [1, undefined],
        [null, null],
        ["", null],
      ],
    ],
    [
      column("string"),
      [
        ["a", "a"],
        ["", null],
        [5, undefined],
        [null, null],
        [["a"], undefined],
      ],
    ],
    [
      column("timestamp", { format: "date-time-optional-zone" }),
      [
        ["2025-01-15T10:20Z", micros("2025-01-15T10:20:00Z")],
        [1736936400, undefined],
        ["", null],
      ],
    ],
    [column("double"), [[1e300, 1e300]]],
  ])("of %j", (schema, cases) => {
    const read = jsonReader(schema);
    for (const [value, expected] of cases) {
      expect([value, read(value)]).toEqual([value, expected]);
    }
  });

  test("every amount of two digits is a decimal(10,2), and no amount of three is", () => {
    const read = jsonReader(column("decimal(10,2)"));
    const wrong: number[] = [];
    for (let cents = 0; cents < 2_000_000; cents += 7) {
      const amount = Number((cents / 100).toFixed(2));
      if (read(amount) !== amount || read(Number(`${amount.toFixed(2)}5`)) !== undefined) wrong.push(amount);
    }
    expect(wrong).toEqual([]);
  });
});

test("trim takes spaces, tabs, carriage returns and line feeds, and nothing else", () => {
  expect(trim(" \t\r\na b\n")).toBe("a b");
  expect(trim("\u00a0\u2003\ufeff\va")).toBe("\u00a0\u2003\ufeff\va");
  expect(trim("   ")).toBe("");
});

test("a type that is none is refused when the reader is made", () => {
  expect(() => textReader(column("decimal(10)" as ColumnSchema["x-type"]))).toThrow(
    '"decimal(10)" is not a column type',
  );
});
