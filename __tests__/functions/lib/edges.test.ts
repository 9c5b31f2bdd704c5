import { fromAttributes, member, toAttributes } from "../../../functions/lib/dynamo";
import { readSettings } from "../../../functions/lib/environment";
import * as errors from "../../../functions/lib/errors";
import { FunctionError, InvalidEvent } from "../../../functions/lib/errors";
import { EventReader } from "../../../functions/lib/event";
import { bareEtag } from "../../../functions/lib/lake-objects";
import { createLogger } from "../../../functions/lib/logger";
import { listed, printable } from "../../../functions/lib/printable";

describe("printable", () => {
  test.each([
    ["plain ünïcödé 名前 😀", "plain ünïcödé 名前 😀"],
    ["a\nb\r\tc\u0000d\u001b[31m", "a?b??c?d?[31m"],
    ["\u202eevil\u2028\u2029\ufeff\u200b", "?evil????"],
    ["\ud800x", "?x"],
  ])("%j is shown as %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("cuts at a character, never inside one", () => {
    expect(printable("x".repeat(80))).toHaveLength(80);
    expect(printable("x".repeat(81))).toBe(`${"x".repeat(79)}…`);
    expect(printable("😀".repeat(100), 10)).toBe(`${"😀".repeat(9)}…`);
    expect(printable("x".repeat(10_000_000), 10)).toBe(`${"x".repeat(9)}…`);
  });

  test("lists the first few", () => {
    expect(listed(["a", "b\n"])).toBe('"a", "b?"');
    expect(listed(["a", "b", "c"], 2)).toBe('"a", "b" and 1 more');
  });
});

describe("an event", () => {
  const good = { run: "2025-01-15-cli-1", date: "2025-01-15", processingTime: "2025-01-16T02:00:00.123Z" };

  test("says which run it belongs to", () => {
    expect(new EventReader({ ...good, more: 1 }).run()).toEqual(good);
  });

  test.each<[string, object]>([
    ["run", { ...good, run: "a/b" }],
    ["run", { ...good, run: "x".repeat(81) }],
    ["run", { ...good, run: undefined }],
    ["date", { ...good, date: "15.01.2025" }],
    ["date", { ...good, date: 20250115 }],
    ["processingTime", { ...good, processingTime: "yesterday" }],
    ["processingTime", { ...good, processingTime: "2025-13-45T00:00:00Z" }],
  ])("with a bad %s is refused: %j", (name, event) => {
    expect(() => new EventReader(event).run()).toThrow(InvalidEvent);
    expect(() => new EventReader(event).run()).toThrow(`"${name}"`);
  });

  test.each([null, undefined, "x", 5, []])("that is %j is refused", (event) => {
    expect(() => new EventReader(event)).toThrow("no JSON object");
  });

  test("names datasets that exist, in their order, each once", () => {
    expect(new EventReader({ list: ["reviews", "transactions", "reviews"] }).datasets("list")).toEqual([
      "transactions",
      "reviews",
    ]);
    expect(() => new EventReader({ list: ["orders"] }).datasets("list")).toThrow(
      "transactions, products, clickstream, reviews",
    );
    expect(() => new EventReader({ list: "reviews" }).datasets("list")).toThrow(InvalidEvent);
    expect(() => new EventReader({ one: "toString" }).dataset("one")).toThrow('"toString"; the datasets are');
  });

  test("has optional parts", () => {
    const reader = new EventReader({ a: null, b: "x", c: 5 });
    expect([reader.optionalText("a"), reader.optionalText("b"), reader.optionalText("z")]).toEqual([
      undefined,
      "x",
      undefined,
    ]);
    expect(() => reader.optionalText("c")).toThrow(InvalidEvent);
    expect([reader.value("a"), reader.value("c")]).toEqual([undefined, 5]);
  });
});

describe("settings", () => {
  test("are read by name, and every missing one is named", () => {
    process.env.LAKE_BUCKET = "lake";
    process.env.LAKE_ENV = "";
    delete process.env.RAW_DATABASE;
    expect(readSettings("LAKE_BUCKET")).toEqual({ LAKE_BUCKET: "lake" });
    expect(() => readSettings("LAKE_BUCKET", "LAKE_ENV", "RAW_DATABASE")).toThrow("lacks LAKE_ENV, RAW_DATABASE");
  });
});

test("a log line is one JSON object", () => {
  const lines: string[] = [];
  const logger = createLogger({ function: "f", run: "r" }, (line) => void lines.push(line));
  logger.info("one\ntwo", { key: "k" });
  logger.warn("w");
  logger.error("e");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: "info", message: "one\ntwo", function: "f", run: "r", key: "k", time: expect.stringMatching(/Z$/) },
    expect.objectContaining({ level: "warn" }),
    expect.objectContaining({ level: "error" }),
  ]);
  expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
});

test("an error carries its name as the state machine sees it", () => {
  const cause = new Error("why");
  for (const [name, Kind] of Object.entries(errors)) {
    if (Kind === FunctionError) continue;
    const error = Reflect.construct(Kind, ["what", { cause }]);
    expect(error).toBeInstanceOf(FunctionError);
    expect(error).toMatchObject({ name, message: "what", cause });
  }
});

test("items keep their values", () => {
  const item = { text: "x", number: 1.5, flag: false, list: ["a", 1], map: { nested: { deep: "y" } } };
  expect(fromAttributes(toAttributes({ ...item, nothing: undefined }))).toEqual(item);
  expect(() => fromAttributes({ set: { SS: ["a"] } })).toThrow("no attribute of type SS");
  expect(member(item.map, "nested")).toEqual({ deep: "y" });
  expect([member(item.list, "0"), member("x", "length"), member(undefined, "x"), member({}, "toString")]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test.each([
  ['"abc"', "abc"],
  ["abc", "abc"],
  ['"abc-2"', "abc-2"],
  [undefined, ""],
])("the ETag %j is kept as %j", (etag, bare) => {
  expect(bareEtag(etag)).toBe(bare);
});
