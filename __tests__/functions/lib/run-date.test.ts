import { dateOf } from "../../../functions/lib/run-date";

test.each([
  [{ date: "2025-01-15" }, "2025-01-15"],
  [{ scheduledTime: "2025-03-01T03:00:00Z" }, "2025-02-28"],
  [{ date: "2025-01-15", scheduledTime: "2025-03-01T03:00:00Z" }, "2025-01-15"],
  [{ date: 5, scheduledTime: "2025-03-01T03:00:00Z" }, undefined],
  [{ date: "yesterday" }, undefined],
  [{ scheduledTime: "soon" }, undefined],
  [{}, undefined],
  [null, undefined],
])("the input %j is of the date %s", (input, date) => {
  expect(dateOf(JSON.stringify(input))).toBe(date);
});

test("an input that is no JSON, or not told, is of no date", () => {
  expect([dateOf("{"), dateOf(undefined)]).toEqual([undefined, undefined]);
});
