import { driftOf } from "../../../functions/data-quality/drift";
import { daysBefore, type Profile } from "../../../functions/data-quality/profile";
import { DEFAULTS, type PastRun } from "../../../functions/data-quality/usual";
import { crawled, pastRun, usualSales } from "./past";

const DATE = "2025-01-31";
const fortnight = Array.from({ length: 14 }, (_, index) => pastRun(daysBefore(DATE, index + 1)));

/** The ids of what is unusual, without the dataset, and what is said about it. */
function unusual(now: Partial<PastRun>, history: readonly PastRun[] = fortnight): Record<string, string> {
  const drifts = driftOf("transactions", DATE, { ...pastRun(DATE), ...now }, history);
  return Object.fromEntries(
    drifts.filter(({ passed }) => !passed).map(({ id, observed }) => [id.replace("transactions.", ""), observed]),
  );
}
const ids = (now: Partial<PastRun>, history?: readonly PastRun[]) => Object.keys(unusual(now, history));
const sales = (more: Partial<Profile> = {}, columns: Parameters<typeof usualSales>[1] = {}) => ({
  profile: usualSales(more, columns),
});

test("a day like the others is not unusual; every judgement warns and says what it compares", () => {
  const drifts = driftOf("transactions", DATE, pastRun(DATE), fortnight);
  expect(drifts.every(({ passed, severity }) => passed && severity === "warn")).toBe(true);
  expect(new Set(drifts.map(({ id }) => id)).size).toBe(drifts.length);
  expect(drifts.length).toBeGreaterThan(25);
  expect(drifts.find(({ id }) => id === "transactions.rows.volume")).toMatchObject({
    observed: "1010",
    expected: "707 to 1313",
    description: expect.stringContaining("the last 14 good runs (1010, 1010,"),
  });
});

describe("without enough earlier runs", () => {
  test.each([0, 1, 2])("%d of them: only gaps, repetitions and the contract's columns are judged", (runs) => {
    const drifts = driftOf("transactions", DATE, pastRun(DATE), fortnight.slice(0, runs));
    expect(drifts.map(({ id }) => id)).toEqual([
      "transactions.rows.gap",
      "transactions.rows.repeated",
      "transactions.schema",
    ]);
    expect(ids(sales({ repeated: 400 }), fortnight.slice(0, runs))).toEqual(["rows.repeated"]);
  });

  test("three are enough", () => {
    const three = fortnight.slice(0, DEFAULTS.leastHistory);
    expect(ids(sales({}, { price: { mean: 400 } }), three)).toEqual(["price.mean"]);
  });
});

describe("unusual is", () => {
  test.each<[string, Partial<PastRun>, Record<string, string>]>([
    [
      "a volume of two thirds",
      { counts: { in: 660, out: 650, quarantined: 8, duplicates: 2 } },
      { "rows.volume": "660" },
    ],
    [
      "a volume of double",
      { counts: { in: 2_020, out: 2_010, quarantined: 8, duplicates: 2 } },
      { "rows.volume": "2020" },
    ],
    [
      "many records in quarantine",
      { counts: { in: 1_010, out: 970, quarantined: 38, duplicates: 2 } },
      { "rows.quarantined": "38" },
    ],
    [
      "many duplicates",
      { counts: { in: 1_010, out: 980, quarantined: 8, duplicates: 22 } },
      { "rows.duplicates": "22" },
    ],
    ["rows that came twice under new keys", sales({ repeated: 5 }), { "rows.repeated": "5" }],
    [
      "a day in the middle without rows",
      sales({ days: usualSales().days.map((rows, day) => (day === 9 ? 0 : rows)) }),
      { "rows.gap": "2025-01-22" },
    ],
    [
      "a clock that is ahead by 5 h",
      sales({ hours: usualSales().hours.map((_, hour, all) => all[(hour + 19) % 24] ?? 0) }),
      {
        "transaction_date.course": "37.5 % in other hours; as if the clock were 5 h ahead",
        "transaction_date.middle": "+5.0 h",
      },
    ],
    [
      "a clock that is behind by 2 h",
      sales({ hours: usualSales().hours.map((_, hour, all) => all[(hour + 2) % 24] ?? 0) }),
      { "transaction_date.course": "27 % in other hours; as if the clock were 2 h behind" },
    ],
    [
      "amounts in cents",
      sales({}, { price: { mean: 4_000, most: 20_000 } }),
      { "price.mean": "4000", "price.most": "20000" },
    ],
    [
      "one row in a hundred in cents",
      sales({}, { price: { mean: 79.6, deviation: 400, most: 15_000 } }),
      { "price.mean": "79.6", "price.most": "15000" },
    ],
    ["a single amount in cents", sales({}, { price: { mean: 44, most: 4_000 } }), { "price.most": "4000" }],
    [
      "ids of another kind among them",
      sales({}, { customer_id: { last: "P" } }),
      { "customer_id.begins": '"C" to "P"' },
    ],
    ["ids of another length", sales({}, { product_id: { shortest: 7 } }), { "product_id.length": "7 to 8 characters" }],
    ["texts of another length", sales({}, { customer_id: { length: 9 } }), { "customer_id.length": "9" }],
    ["values never seen", sales({}, { status: { distinct: 4 } }), { "status.distinct": "4" }],
    ["few different values", sales({}, { customer_id: { distinct: 100 } }), { "customer_id.distinct": "100" }],
    [
      "another mixture of values",
      sales({}, { status: { values: { completed: 800, returned: 160, refunded: 40 } } }),
      { "status.share.completed": "80 %", "status.share.returned": "16 %" },
    ],
    ["nulls where there were few", sales({}, { total_amount: { nulls: 60 } }), { "total_amount.nulls": "6 %" }],
    [
      "one value in the place of half of the others",
      sales({}, { customer_id: { ends: [62, 63, 62, 63, 62, 563, 62, 63] } }),
      { "customer_id.crowded": "43.8 % elsewhere" },
    ],
    ["totals that had to be computed", { computed: { total_amount: 120 } }, { "total_amount.repaired": "120" }],
    [
      "another column in the files",
      { schema: { ...crawled("transactions"), coupon: "string", price: "bigint" } },
      { schema: "coupon is new, price was string, is bigint" },
    ],
  ])("%s", (_, now, found) => {
    expect(unusual(now)).toEqual(found);
  });

  test("not what reports from before it was kept say nothing of", () => {
    const silent = fortnight.map((run) => ({ ...run, computed: {} }));
    expect(unusual({ computed: { total_amount: 900 } }, silent)).toEqual({});
  });

  test("not what earlier runs had too", () => {
    const odd = {
      ...sales({ repeated: 5 }, { price: { mean: 100 } }),
      schema: { ...crawled("transactions"), coupon: "string" },
    };
    const history = fortnight.map((run) => ({ ...run, ...odd }));
    expect(unusual(odd, history)).toEqual({});
  });

  test("what only one earlier run had, for one odd run makes nothing usual", () => {
    const odd = sales({}, { price: { mean: 100 } });
    const [first = pastRun(DATE), ...others] = fortnight;
    expect(ids(odd, [{ ...first, ...odd }, ...others])).toEqual(["price.mean"]);
  });

  test("not a weekend, whose volume earlier weekends had", () => {
    const weekend = { counts: { in: 1_800, out: 1_790, quarantined: 8, duplicates: 2 } };
    const history = fortnight.map((run, index) => (index % 7 < 2 ? { ...run, ...weekend } : run));
    expect(ids(weekend, history)).toEqual([]);
  });

  test("not chance: with few rows the same shares mean less", () => {
    const few = sales(
      { rows: 20, hours: usualSales().hours.map((_, hour) => (hour === 12 ? 20 : 0)), days: [20] },
      { status: { values: { completed: 14, returned: 4, refunded: 2 } }, total_amount: { nulls: 2 } },
    );
    expect(ids(few).filter((id) => /share|nulls/.test(id))).toEqual([]);
  });
});

test("of many rows half a clock that is ahead by 2 h shows in the middle of the day", () => {
  const many = (profile: Profile): Profile => ({
    ...profile,
    rows: 20_000,
    hours: profile.hours.map((rows) => 20 * rows),
  });
  const { hours } = usualSales();
  const half = many(usualSales({ hours: hours.map((rows, hour) => (rows + (hours[(hour + 22) % 24] ?? 0)) / 2) }));
  const history = fortnight.map((run) => ({ ...run, profile: many(run.profile) }));
  expect(unusual({ profile: half }, history)).toMatchObject({ "transaction_date.middle": "+1.0 h" });
});

test("days without rows at the ends of a month, or among few rows, are no gap", () => {
  expect(ids(sales({ days: [0, 33, 33, 0, 0, 33] }))).toEqual([]);
  expect(ids(sales({ days: [19, 0, 300] }))).toEqual([]);
  expect(ids(sales({ days: [20, 0, 300] }))).toEqual(["rows.gap"]);
});

test("the first run's columns are compared with the contract's", () => {
  const { price, ...rest } = crawled("transactions");
  expect(unusual({ schema: { ...rest, coupon: "string" } }, [])).toEqual({ schema: "coupon is new, price is gone" });
});

test("no row is unusual in volume, not in shape", () => {
  const empty = usualSales({ rows: 0, hours: [], days: [] });
  const counts = { in: 0, out: 0, quarantined: 0, duplicates: 0 };
  expect(ids({ profile: empty, counts, computed: { total_amount: 0 } })).toEqual(["rows.volume"]);
});
