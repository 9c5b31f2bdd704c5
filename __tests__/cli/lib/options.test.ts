import { placeholders, sqlLiteral } from "../../../cli/lib/kpis";
import { calendarDate, calendarDateOrNewest, datasetList, wholeNumber, yesterday } from "../../../cli/lib/options";

test.each(["2025-01-31", "2024-02-29"])("%s is a day", (text) => {
  expect(calendarDate(text)).toBe(text);
});

test.each(["2025-02-29", "2025-13-01", "2025-1-1", "31.01.2025", "", "2025-01-31T00:00:00Z"])(
  "%p is no day",
  (text) => {
    expect(() => calendarDate(text)).toThrow("YYYY-MM-DD");
  },
);

test("yesterday is a day; the newest is one where it can be looked up", () => {
  expect(calendarDate("yesterday")).toBe(yesterday(new Date()));
  expect(() => calendarDate("newest")).toThrow("or yesterday");
  expect(["newest", "2025-01-31"].map(calendarDateOrNewest)).toEqual(["newest", "2025-01-31"]);
});

test("whole numbers, both bounds included", () => {
  const parse = wholeNumber(100, 1_000);
  expect([parse("100"), parse("1_000")]).toEqual([100, 1000]);
  for (const text of ["99", "1001", "1.5", "many", ""]) expect(() => parse(text)).toThrow("from 100 to 1000");
});

test("lists of datasets, each once and in the usual order", () => {
  expect(datasetList("reviews, transactions,reviews")).toEqual(["transactions", "reviews"]);
  expect(() => datasetList("reviews,orders")).toThrow(
    'There is no dataset "orders". The datasets are transactions, products',
  );
});

test("yesterday is the UTC day before", () => {
  expect(yesterday(new Date("2025-03-01T00:30:00Z"))).toBe("2025-02-28");
});

test("parameters become literals of SQL, whatever is in them", () => {
  expect(["2025-01-31", "7", "-1.50", "O'Neil", "1; DROP"].map(sqlLiteral)).toEqual([
    "'2025-01-31'",
    "7",
    "-1.50",
    "'O''Neil'",
    "'1; DROP'",
  ]);
});

test("question marks in comments and texts are no parameters", () => {
  expect(placeholders("-- why? 'x'\nSELECT ?, 'a?''?' FROM t WHERE b = ? -- no?")).toBe(2);
});
