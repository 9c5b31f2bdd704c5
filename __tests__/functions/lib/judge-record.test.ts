import { recordJudge } from "../../../functions/lib/judge-record";
import { RowChecker } from "../../../functions/lib/row-checker";

const NOW = new Date("2025-02-01T00:00:00Z");
const REVIEW = ["review_id", "product_id", "customer_id", "rating", "review_text", "review_date"];
const review = recordJudge({ format: "csv", columns: REVIEW }, new RowChecker("reviews", NOW));
const event = recordJudge({ format: "jsonl", columns: [] }, new RowChecker("clickstream", NOW));
const GOOD_EVENT = {
  session_id: "S1",
  event_type: "page_view",
  page: "/",
  timestamp: "2025-01-31T10:00:00Z",
  device: "mobile",
};

test.each([
  ["R1,P1,C1,5,fine,2025-01-31", []],
  ['R1,P1,C1,5,"two\nlines, a ""quote""",2025-01-31', []],
  ["R1,P1,C1,6,fine,2025-01-31", ["rating.maximum"]],
  ["R1,P1,C1,five,fine,2025-02-30", ["rating.type", "review_date.type"]],
  ["R1,,C1,5,fine,2025-03-01", ["product_id.required", "review_date.notFuture"]],
  ["R1,P1,C1,5,fine", ["record.parse"]],
  ['R1,P1,C1,5,"fine" indeed,2025-01-31', ["record.parse"]],
  ['R1,P1,C1,5,"never ends,2025-01-31', ["record.parse"]],
  ["", ["record.parse"]],
])("a CSV record is judged as in its file: %j", (raw, rules) => {
  expect([...review(raw)].sort()).toEqual([...rules].sort());
});

test.each([
  [JSON.stringify(GOOD_EVENT), []],
  [JSON.stringify({ ...GOOD_EVENT, page: "\u2028" }), []],
  [JSON.stringify({ ...GOOD_EVENT, device: "tv", extra: { a: 1 } }, undefined, 2), ["device.enum"]],
  [JSON.stringify({ ...GOOD_EVENT, ip_address: 12 }), ["ip_address.type"]],
  ["[1]", ["record.parse"]],
  ["5", ["record.parse"]],
  ['{"session_id": "S1"', ["record.parse"]],
  [`${JSON.stringify(GOOD_EVENT)} {}`, ["record.parse"]],
])("a JSON record is judged as in its file: %s", (raw, rules) => {
  expect(event(raw)).toEqual(rules);
});

test("what one record has does not stay for the next", () => {
  expect(event(JSON.stringify({ ...GOOD_EVENT, ip_address: 12, device: "tv" }))).toHaveLength(2);
  expect(event(JSON.stringify(GOOD_EVENT))).toEqual([]);
  expect(event("{}")).toHaveLength(5);
});
