import { csvText, tableLines } from "../../../cli/commands/query";

const rows = [
  { day: "2025-01-15", name: 'a "b", c', revenue: "12.50" },
  { day: "2025-01-16", name: "", revenue: null },
];

test("as CSV, nulls and empty texts differ, and what needs quotes has them", () => {
  expect(csvText(rows)).toBe('day,name,revenue\n2025-01-15,"a ""b"", c",12.50\n2025-01-16,"",\n');
  expect(csvText([{ text: "two\nlines" }])).toBe('text\n"two\nlines"\n');
});

test("as a table, numbers stand to the right", () => {
  expect(tableLines(rows)).toEqual([
    "  day         name      revenue",
    "  ──────────  ────────  ───────",
    '  2025-01-15  a "b", c    12.50',
    "  2025-01-16                  –",
  ]);
});

test("no rows are said, and are no CSV", () => {
  expect(tableLines([])).toEqual(["  No rows."]);
  expect(csvText([])).toBe("");
});
