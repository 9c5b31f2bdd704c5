import { contractFaults } from "../../../cli/check-contracts";
import { requireChecks } from "../../../cli/lib/promoted";
import { contracts, DATASETS, type Waiver } from "../../../contracts";
import { checkIds, waiverFaults } from "../../../functions/data-quality/check-ids";

test.each(DATASETS)("the checks of %s have names of their own", (dataset) => {
  const ids = checkIds(dataset);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => id.startsWith(`${dataset}.`))).toBe(true);
});

test("there are checks of rules, of the rows as a whole, of rows before and of references", () => {
  expect(checkIds("transactions")).toEqual(
    expect.arrayContaining(
      ["total_amount.computed", "total_amount.repaired", "customer_id.begins", "transaction_date.middle", "rows.gap"]
        .concat(["status.share.returned", "product_id.references", "price.near"])
        .map((id) => `transactions.${id}`),
    ),
  );
  expect(checkIds("products")).toContain("products.stock.exchanged.review_count");
});

describe("a waiver", () => {
  const waiver: Waiver = { check: "", reason: "The shop mends it.", owner: "sales", until: "2025-01-31" };
  const withWaivers = <T>(checks: readonly string[], look: () => T): T => {
    const waivers = checks.map((check) => ({ ...waiver, check }));
    const change = jest.replaceProperty(contracts, "reviews", { ...contracts.reviews, "x-waivers": waivers });
    try {
      return look();
    } finally {
      change.restore();
    }
  };
  const faults = (...checks: string[]) => withWaivers(checks, () => waiverFaults("reviews"));

  test("of the contracts names a check", () => {
    expect(contractFaults()).toEqual([]);
  });

  test("may name any check that may fail", () => {
    expect(faults(...checkIds("reviews"))).toEqual([]);
  });

  test.each([
    ["reviews.rating.maxmum", '"reviews.rating.maxmum", which is no check (is "reviews.rating.maximum" meant?)'],
    ["transactions.rows.volume", '"transactions.rows.volume", which is no check'],
    ["reviews", '"reviews", which is no check'],
    // What cannot be computed is never waived.
    ["reviews.profile", '"reviews.profile", which is no check'],
  ])("that names %s is a fault", (check, said) => {
    expect(faults("reviews.schema", check)).toEqual([`the waiver of sales names ${said}`]);
  });

  test("that names none fails `npm run check`, which says where it stands and what there is", () => {
    const lines = withWaivers(["reviews.rating.maxmum"], contractFaults);
    expect(lines[0]).toMatch(
      /^contracts\/datasets\/reviews\.json: the waiver of sales names "reviews\.rating\.maxmum"/,
    );
    expect(lines.slice(1)).toEqual(["The checks of reviews:", ...checkIds("reviews").map((id) => `  ${id}`)]);
  });
});

test("a promotion names checks, or all of them", () => {
  expect(() => requireChecks()).not.toThrow();
  expect(() => requireChecks(["*", "reviews.rows.volume", "products.rating.lost"])).not.toThrow();
  expect(() => requireChecks(["reviews.rows.volum", "all"])).toThrow(
    '--promote names "reviews.rows.volum", which is no check (is "reviews.rows.volume" meant?) and "all", which is no check.',
  );
});
