import fc from "fast-check";
import { FileRejected } from "../../../functions/lib/file-rejected";
import { isUnfinished, JsonDocument, JsonLines, type JsonObject } from "../../../functions/lib/json-records";
import { cut, cuts } from "./pieces";

type Row = readonly [line: number, record: JsonObject | null];

const LIMITS = { maxLength: 1_000, maxDepth: 4 };

function read(kind: "lines" | "array" | "object", pieces: readonly string[], limits = LIMITS): Row[] {
  const rows: Row[] = [];
  const onRecord = (record: JsonObject | null, line: number) => void rows.push([line, record]);
  const reader = kind === "lines" ? new JsonLines(limits, onRecord) : new JsonDocument(kind, limits, onRecord);
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return rows;
}

describe("JSON lines", () => {
  test.each<[string, string, Row[]]>([
    [
      "objects",
      '{"a":1}\n{"a":2}\n',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      "no line end at the end",
      '{"a":1}\n{"a":2}',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      "CRLF and spaces",
      ' {"a":1} \r\n\t{"a":2}\r\n',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      "blank lines are none",
      '\n \t\r\n{"a":1}\n\n{"a":2}\n \n',
      [
        [3, { a: 1 }],
        [5, { a: 2 }],
      ],
    ],
    [
      "what is no object",
      '1\n"x"\nnull\n[{}]\ntrue\n',
      [
        [1, null],
        [2, null],
        [3, null],
        [4, null],
        [5, null],
      ],
    ],
    [
      "what is no JSON",
      '{a:1}\n{\'a\':1}\n{"a":1,}\n{"a":NaN}\n{"a":01}\nhello\n',
      [1, 2, 3, 4, 5, 6].map((line): Row => [line, null]),
    ],
    ["two objects in a line", '{"a":1}{"a":2}\n', [[1, null]]],
    [
      "an unfinished line before the last",
      '{"a":\n{"a":2}\n',
      [
        [1, null],
        [2, { a: 2 }],
      ],
    ],
    [
      "an unfinished last line that has its line end",
      '{"a":1}\n{"a":\n',
      [
        [1, { a: 1 }],
        [2, null],
      ],
    ],
    [
      "a malformed last line that is complete",
      '{"a":1}\n{"a":}',
      [
        [1, { a: 1 }],
        [2, null],
      ],
    ],
    ["a lone CR is white space", '{"a":\r1}\n', [[1, { a: 1 }]]],
    [
      "nesting up to the limit",
      '{"a":[[{}]]}\n{"a":[[[{}]]]}\n',
      [
        [1, { a: [[{}]] }],
        [2, null],
      ],
    ],
    ["nothing", "", []],
  ])("%s", (_, text, rows) => {
    expect(read("lines", [text])).toEqual(rows);
    expect(read("lines", [...text])).toEqual(rows);
  });

  test("a member called __proto__ is a member", () => {
    const [row] = read("lines", ['{"__proto__":{"polluted":true},"constructor":1}']);
    expect(Object.keys(row?.[1] ?? {})).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(row?.[1])).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });

  test.each(['{"a":1}\n{"a":2', '{"a":1}\n{"a":"x', '{"a":1}\n[{', "{"])("%j is cut off", (text) => {
    expect(() => read("lines", [text])).toThrow(FileRejected);
    expect(() => read("lines", [...text])).toThrow("it is cut off");
  });

  test("a line may be as long as the limit, and no longer", () => {
    const line = JSON.stringify({ a: "x".repeat(92) });
    expect(line).toHaveLength(100);
    for (const pieces of [[`${line}\n`], [...line, "\n"]]) {
      expect(read("lines", pieces, { ...LIMITS, maxLength: 100 })).toHaveLength(1);
      expect(() => read("lines", pieces, { ...LIMITS, maxLength: 99 })).toThrow("longer than 99");
    }
  });

  test("nesting that would overflow a stack is refused calmly", () => {
    const depth = 100_000;
    const text = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}\n`;
    expect(read("lines", [text], { maxLength: 1_000_000, maxDepth: 64 })).toEqual([[1, null]]);
    expect(read("array", [`[${text}]`], { maxLength: 1_000_000, maxDepth: 64 })).toEqual([[1, null]]);
  });
});

describe("JSON documents", () => {
  test.each<[string, string, Row[]]>([
    [
      "an array",
      '[{"a":1},{"a":2}]',
      [
        [1, { a: 1 }],
        [1, { a: 2 }],
      ],
    ],
    [
      "white space everywhere",
      ' [ \n {"a":1} \n , \r\n\t{"a":2}\n]\n ',
      [
        [2, { a: 1 }],
        [4, { a: 2 }],
      ],
    ],
    ["an empty array", "[ ]", []],
    [
      "elements that are no objects",
      '[1, "a,]", null, [1, 2], {}, true]',
      [
        [1, null],
        [1, null],
        [1, null],
        [1, null],
        [1, {}],
        [1, null],
      ],
    ],
    [
      "brackets, quotes and backslashes in strings",
      '[{"a":"]}\\"[{\\\\"},{"b":"\\\\"}]',
      [
        [1, { a: ']}"[{\\' }],
        [1, { b: "\\" }],
      ],
    ],
    [
      "records over several lines",
      '[\n{\n"a": 1\n},\n{"a":\n2}\n]',
      [
        [2, { a: 1 }],
        [5, { a: 2 }],
      ],
    ],
    [
      "nesting up to the limit",
      '[{"a":[[{}]]},{"a":[[[{}]]]}]',
      [
        [1, { a: [[{}]] }],
        [1, null],
      ],
    ],
  ])("%s", (_, text, rows) => {
    expect(read("array", [text])).toEqual(rows);
    expect(read("array", [...text])).toEqual(rows);
  });

  test("one object is one record", () => {
    const text = '\n{\n "a": {"b": [1, 2]}\n}\n';
    expect(read("object", [text])).toEqual([[2, { a: { b: [1, 2] } }]]);
    expect(read("object", [...text])).toEqual([[2, { a: { b: [1, 2] } }]]);
  });

  test.each<["array" | "object", string]>([
    ["array", '[{"a":1},]'],
    ["array", "[,]"],
    ["array", '[{"a":1} {"a":2}]'],
    ["array", '[{"a":1}}'],
    ["array", '[{"a":}]'],
    ["array", "[{'a':1}]"],
    ["array", '[{"a":1}] x'],
    ["array", '[{"a":1}][{"a":2}]'],
    ["array", "[1 2]"],
    ["array", '[{"a":"\n"}]'],
    ["array", '[{"a":1]}'],
    ["object", '{"a":1}\n{"a":2}'],
    ["object", '{"a":\n}'],
  ])("a syntax error in an %s: %s", (kind, text) => {
    expect(() => read(kind, [text])).toThrow(FileRejected);
    expect(() => read(kind, [...text])).toThrow("not valid JSON");
  });

  test("an error does not quote the file", () => {
    expect(() => read("array", ['[{"email": secret@example.com}]'])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });

  test.each<["array" | "object", string]>([
    ["array", "["],
    ["array", '[{"a":1}'],
    ["array", '[{"a":1},'],
    ["array", '[{"a":1},\n{"a":'],
    ["array", '[{"a":"x\\"]'],
    ["object", '{\n"a": 1'],
  ])("an %s that ends early: %s", (kind, text) => {
    expect(() => read(kind, [text])).toThrow(FileRejected);
    expect(() => read(kind, [...text])).toThrow("it is cut off");
  });

  test("a record may be as long as the limit, and no longer, in one piece and in many", () => {
    const record = JSON.stringify({ a: "x".repeat(92) });
    for (const pieces of [[`[${record}]`], [..."[", ...record, "]"]]) {
      expect(read("array", pieces, { ...LIMITS, maxLength: 100 })).toHaveLength(1);
      expect(() => read("array", pieces, { ...LIMITS, maxLength: 99 })).toThrow("longer than 99");
    }
  });

  test("a record without an end is refused as soon as it is too long", () => {
    const document = new JsonDocument("array", LIMITS, () => {});
    document.push("[{");
    expect(() => {
      for (let piece = 0; piece < 200; piece++) document.push('"a": 1, ');
    }).toThrow("longer than 1000");
  });
});

describe("any JSON", () => {
  const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { maxLength: 5 });

  test("is read as JSON.parse reads it, in whatever pieces", () => {
    fc.assert(
      fc.property(records, fc.constantFrom(undefined, 1, "\t"), cuts, (written, indent, places) => {
        // Through JSON once: -0 and __proto__ do not survive it.
        const expected: unknown = JSON.parse(JSON.stringify(written));
        const array = read("array", cut(JSON.stringify(written, undefined, indent), places), {
          maxLength: 10_000,
          maxDepth: 9,
        });
        expect(array.map(([, record]) => record)).toEqual(expected);
        const lines = read("lines", cut(written.map((record) => JSON.stringify(record)).join("\n"), places), {
          maxLength: 10_000,
          maxDepth: 9,
        });
        expect(lines.map(([, record]) => record)).toEqual(expected);
      }),
    );
  });

  test("or anything like it gives the same in one piece and in many, or is refused in both", () => {
    const outcome = (kind: "array" | "lines", pieces: string[]) => {
      try {
        return read(kind, pieces, { maxLength: 30, maxDepth: 3 });
      } catch (error) {
        if (!(error instanceof FileRejected)) throw error;
        return error.code;
      }
    };
    const text = fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", "1", "a", "\n", " ") });
    fc.assert(
      fc.property(text, cuts, (body, places) => {
        expect(outcome("array", cut(`[${body}`, places))).toEqual(outcome("array", [`[${body}`]));
        expect(outcome("lines", cut(body, places))).toEqual(outcome("lines", [body]));
      }),
      { numRuns: 2_000 },
    );
  });

  test("an array that JSON.parse accepts is accepted, and one that it refuses is refused", () => {
    const text = fc.string({
      unit: fc.constantFrom('{"a":1}', "{}", "[", "]", ",", " ", "\n", '"', "1", "null"),
      maxLength: 8,
    });
    const accepts = (judge: () => unknown) => {
      try {
        judge();
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(text, (body) => {
        expect(accepts(() => read("array", [`[${body}`]))).toBe(accepts(() => JSON.parse(`[${body}`)));
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ['{"a": [1, 2', true],
  ['{"a": "x}', true],
  ["[", true],
  ['{"a": }', false],
  ["{}", false],
  ['"abc', false],
  ["12", false],
  ["", false],
  ["x{", false],
  ['{"a": "\\"', true],
])("isUnfinished(%j) is %s", (text, expected) => {
  expect(isUnfinished(text)).toBe(expected);
});
