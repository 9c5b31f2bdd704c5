import { PRICE_LIST, PRICE_NAMES, price, priceSource, unitPrice } from "../../prices";

test("a unit's price is the stated price by its units", () => {
  // $0.025 for 1,000 transitions; $5 for 1 TB; $0.44 for a DPU-hour.
  expect(unitPrice("stepFunctions.transition")).toBeCloseTo(0.000025, 12);
  expect(unitPrice("athena.scanned")).toBe(5);
  expect(unitPrice("glue.job")).toBe(0.44);
});

test("the shortest billed times and what is free come with the price", () => {
  expect(price("glue.crawler").minimumSeconds).toBe(600);
  expect(price("glue.job").minimumSeconds).toBe(60);
  expect(price("athena.scanned").minimumBytes).toBe(10_000_000);
  expect(price("stepFunctions.transition").free).toBe(4000);
  expect(price("kms.key").free).toBeUndefined();
});

test.each(PRICE_NAMES)("%s is a price that can be right, with a page of AWS to check it on", (name) => {
  const { usd, for: units, free = 0, unit } = price(name);
  expect(usd).toBeGreaterThanOrEqual(0);
  expect(units).toBeGreaterThan(0);
  expect(free).toBeGreaterThanOrEqual(0);
  expect(unit).not.toBe("");
  expect(priceSource(name)).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing\/([a-z-]+\/)?$/);
});

test("the list says where it holds and when it was looked up", () => {
  expect(PRICE_LIST.region).toBe("us-east-1");
  expect(PRICE_LIST.checked).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});
