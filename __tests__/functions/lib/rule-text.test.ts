import { contracts, DATASETS } from "../../../contracts";
import { ruleText, typeText } from "../../../functions/lib/rule-text";

test.each([
  ["transactions", "record.parse", "as many fields as the header, no text behind a closing quote"],
  ["products", "record.parse", "one JSON object"],
  ["transactions", "quantity.type", "a whole number"],
  ["transactions", "quantity.exclusiveMinimum", "more than 0"],
  ["transactions", "price.type", "a number of at most 8 digits before and 2 after the point"],
  ["products", "price.type", "a JSON number of at most 8 digits before and 2 after the point"],
  ["transactions", "status.enum", "one of completed, returned, refunded"],
  ["transactions", "transaction_date.notFuture", "no time after the beginning of the run"],
  ["transactions", "total_amount.computed", "a product of quantity and price that fits decimal(10,2)"],
  ["reviews", "rating.maximum", "at most 5"],
  ["reviews", "rating.minimum", "at least 1"],
  ["reviews", "review_date.type", "a day as YYYY-MM-DD"],
  ["reviews", "verified_purchase.type", "true, false, 1 or 0"],
  ["products", "is_active.type", "true or false, without quotes"],
  ["clickstream", "timestamp.type", "a time such as 2025-01-15T10:00:00Z"],
  ["clickstream", "session_id.maxLength", "at most 128 characters"],
] as const)("%s: %s asks for %s", (dataset, rule, text) => {
  expect(ruleText(dataset, rule)).toBe(text);
});

test("every rule of every contract is put into words", () => {
  for (const dataset of DATASETS) {
    for (const [column, schema] of Object.entries(contracts[dataset].properties)) {
      const keywords = Object.keys(schema).filter((keyword) => /^(exclusive)?M|^m|^enum$|^pattern$/.test(keyword));
      for (const keyword of [...keywords, "required"]) {
        expect([column, keyword, ruleText(dataset, `${column}.${keyword}`)]).not.toContain("");
      }
      expect(typeText(dataset, column)).not.toBe("");
    }
  }
});
