import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { CsvRecords } from "../../../functions/lib/csv-records";
import { FileRejected } from "../../../functions/lib/file-rejected";
import { cut, cuts } from "./pieces";

type Row = readonly [line: number, fields: readonly string[] | null];

function read(pieces: readonly string[], maxLength = 1_000): Row[] {
  const rows: Row[] = [];
  const records = new CsvRecords(maxLength, (fields, line) => rows.push([line, fields === null ? null : [...fields]]));
  for (const piece of pieces) records.push(piece);
  records.end();
  return rows;
}

describe("CSV records", () => {
  test.each<[string, string, Row[]]>([
    [
      "plain lines",
      "a,b\n1,2\n",
      [
        [1, ["a", "b"]],
        [2, ["1", "2"]],
      ],
    ],
    [
      "no line end at the end",
      "a,b\n1,2",
      [
        [1, ["a", "b"]],
        [2, ["1", "2"]],
      ],
    ],
    [
      "CRLF",
      "a,b\r\n1,2\r\n",
      [
        [1, ["a", "b"]],
        [2, ["1", "2"]],
      ],
    ],
    [
      "CRLF behind quotes",
      '"a","b"\r\n"1","2"\r\n',
      [
        [1, ["a", "b"]],
        [2, ["1", "2"]],
      ],
    ],
    [
      "quoted commas, quotes and line breaks",
      'a\n"x, ""y""\r\nz"\nb',
      [
        [1, ["a"]],
        [2, ['x, "y"\r\nz']],
        [4, ["b"]],
      ],
    ],
    [
      "empty fields",
      ",\n,,\n",
      [
        [1, ["", ""]],
        [2, ["", "", ""]],
      ],
    ],
    ["an empty last field", "a,", [[1, ["a", ""]]]],
    ["a quoted empty field is a record", '""\n', [[1, [""]]]],
    [
      "blank lines are none",
      "\n\r\na\n\n\nb\n\n",
      [
        [3, ["a"]],
        [6, ["b"]],
      ],
    ],
    ["a line of spaces is one", " \n", [[1, [" "]]]],
    ["a quote inside a field is an ordinary character", 'a"b,c"d"\n', [[1, ['a"b', 'c"d"']]]],
    ["spaces before a quote make it ordinary", ' "a"\n', [[1, [' "a"']]]],
    [
      "text behind a closing quote",
      '"a"b,c\nd,e\n',
      [
        [1, null],
        [2, ["d", "e"]],
      ],
    ],
    [
      "text behind a closing quote, then quotes",
      '"a"b"c\nd\n',
      [
        [1, null],
        [2, ["d"]],
      ],
    ],
    [
      "malformed, and a good quoted field behind",
      '"a"b,"x\ny"\nd\n',
      [
        [1, null],
        [3, ["d"]],
      ],
    ],
    ["a lone CR is an ordinary character", "a\rb\n", [[1, ["a\rb"]]]],
    [
      "a lone CR behind a closing quote",
      '"a"\rb\nc\n',
      [
        [1, null],
        [2, ["c"]],
      ],
    ],
    ["CR at the very end behind a closing quote", '"a"\r', [[1, null]]],
    ["only the last CR belongs to the line end", "a\r\r\n", [[1, ["a\r"]]]],
    ["nothing", "", []],
    ["a lone quote pair field, escaped quotes only", '""""\n', [[1, ['"']]]],
    ["NUL and controls", "a\u0000b\u001b,c\n", [[1, ["a\u0000b\u001b", "c"]]]],
  ])("%s", (_, text, rows) => {
    expect(read([text])).toEqual(rows);
    expect(read([...text])).toEqual(rows);
  });

  test.each(['a\n"b', '"', 'a,"b\n\nc', '"a""', '"a"""'])("%j ends inside quotes, or does not", (text) => {
    const isOpen = (text.match(/"/g) ?? []).length % 2 === 1;
    if (isOpen) {
      expect(() => read([text])).toThrow(FileRejected);
      expect(() => read([...text])).toThrow("ends inside a quoted field");
    } else {
      expect(read([...text])).toEqual(read([text]));
    }
  });

  test("the truncation names the line in which the record begins", () => {
    expect(() => read(["a\n", '1\n"x\n\n'])).toThrow("begins in line 3");
  });

  test("a record may be as long as the limit, and no longer, whatever the pieces", () => {
    const text = `ab\n${"x".repeat(10)}\n`;
    expect(read([text], 10)).toHaveLength(2);
    for (const pieces of [[text], [...text], [text.slice(0, 8), text.slice(8)]]) {
      expect(() => read(pieces, 9)).toThrow("begins in line 2 is longer than 9");
    }
  });

  test("a record without an end is refused as soon as it is too long", () => {
    const records = new CsvRecords(1_000, () => {});
    records.push('"');
    expect(() => {
      for (let piece = 0; piece < 100; piece++) records.push("x,\n".repeat(10));
    }).toThrow(FileRejected);
  });

  const field = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a"), maxLength: 8 }),
  );
  const quote = (text: string, always: boolean) =>
    always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

  test("what is written is read, in whatever pieces, and as csv-parse reads it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(field, fc.boolean()), { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        cuts,
        (rows, lineEnd, isEnded, places) => {
          const lines = rows.map((row) => row.map(([text, always]) => quote(text, always)).join(","));
          const text = lines.join(lineEnd) + (isEnded && lines.length > 0 ? lineEnd : "");
          const fields = read(cut(text, places)).map(([, found]) => found);
          expect(fields).toEqual(rows.map((row) => row.map(([value]) => value)));
          expect(fields).toEqual(parse(text, { relax_column_count: true, record_delimiter: ["\n", "\r\n"] }));
        },
      ),
    );
  });

  test("any text reads the same in one piece and in many, or is refused in both", () => {
    const outcome = (pieces: string[]) => {
      try {
        return read(pieces, 50);
      } catch (error) {
        if (!(error instanceof FileRejected)) throw error;
        return error.code;
      }
    };
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a") }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, cuts, (whole, places) => expect(outcome(cut(whole, places))).toEqual(outcome([whole]))),
      {
        numRuns: 2_000,
      },
    );
  });
});
