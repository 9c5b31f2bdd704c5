import { type Bill, monthlyCost, profile } from "../../../cli/cost";
import { line, of } from "../../../cli/cost/bill";
import { compare } from "../../../cli/cost/compare";
import { GUIDE, honestGlue, leastCrawl } from "../../../cli/cost/guide";
import { measuredFrom } from "../../../cli/cost/measured";
import { basis, explainBill, formula, showBill, showComparison, showGuide } from "../../../cli/cost/show";
import { throughput } from "../../../cli/cost/throughput";
import { job, MEASURED, several } from "./stacks";

const costOf = (keys: number, crawlers = 0): Bill =>
  monthlyCost(
    [...several(keys, "aws_kms_key"), ...several(crawlers, "aws_glue_crawler")],
    profile({ runsPerMonth: 30, kmsRequestsPerRun: 0 }),
    MEASURED,
  );

test("a formula shows every factor, the price, and what they come to", () => {
  const three = line(
    { service: "KMS", item: "Keys", kind: "fixed", price: "kms.key" },
    of(3, "keys"),
    of(0.5, "months"),
  );
  expect(formula(three)).toBe("3 keys × 0.5 months × $1 for 1 × key-month = $1.5");
});

test("a bill names a service once, and what is too small to see in a line", () => {
  const text = showBill("prod", costOf(2, 4)).join("\n");
  expect(text).toMatch(/^prod: \$19\.61 a month, of it \$2\.00 whatever is done, \$17\.61 for what is done/);
  expect(text.match(/Glue/g)).toHaveLength(1);
  expect(text).toMatch(/KMS +Keys +fixed +2\.00/);
});

test("an explanation has each line's formula, each assumption and each price with its page", () => {
  const text = explainBill("prod", costOf(2, 4), profile({ gbPerDay: 7 })).join("\n");
  expect(text).toContain(
    "120 crawls (4 crawlers) × 2 DPU × 0.1667 h (600 s; 120 s of work) × $0.44 for 1 × DPU-hour = $17.6",
  );
  expect(text).toMatch(/gbPerDay +7 {2}GB raw files/);
  expect(text).toMatch(/glue\.crawler +0\.44 {2}1 × DPU-hour +https:\/\/aws\.amazon\.com\/glue\/pricing\//);
});

test("what the model does not know is said beneath the bill", () => {
  const bill = monthlyCost(several(2, "aws_redshift_cluster"), profile(), MEASURED);
  expect(showBill("x", bill).join("\n")).toContain(
    "Not in the bill, for the model does not know them: 2 × aws_redshift_cluster",
  );
});

test("another region than that of the prices is said", () => {
  expect(basis("eu-central-1", profile()).join(" ")).toContain("the lake is in eu-central-1, where some differ");
  expect(basis("us-east-1", profile()).join(" ")).not.toContain("the lake is in");
  expect(basis(undefined, profile({ freeTier: true })).join(" ")).toContain("What is free each month is taken off");
});

test("two bills: what differs, the largest first, and nothing else", () => {
  const found = compare(costOf(2, 0), costOf(5, 4));
  expect(found.changes.map(({ item, before, after }) => [item, before, Number(after.toFixed(2))])).toEqual([
    ["Crawlers", 0, 17.6],
    ["Keys", 2, 5],
    ["Catalog, partitions of raw tables", 0, 0.01],
  ]);
  const text = showComparison(["main", "branch"], found).join("\n");
  expect(text).toMatch(/^From main to branch: \$2\.00 → \$22\.61 a month \(\+20\.61\)/);
  expect(text).toMatch(/KMS +Keys +2\.00 +5\.00 +\+3\.00/);
  expect(showComparison(["main", "branch"], compare(costOf(2), costOf(2))).join("\n")).toContain("Nothing differs.");
  expect(compare(costOf(5), costOf(2)).after).toBe(2);
});

test("the guide's arithmetic: ten DPU-hours a day are ten times what it says", () => {
  // 10 × 30 × $0.44 = $132, not $13.20; a crawl: 2 DPU × 1/6 h × $0.44 = $0.1467.
  expect(honestGlue(30)).toBeCloseTo(132, 10);
  expect(honestGlue(30) / GUIDE.glue.usd).toBeCloseTo(10, 10);
  expect(leastCrawl(2)).toBeCloseTo(0.1467, 4);
  const text = showGuide({ dev: costOf(1), prod: costOf(2) }, 2).join("\n");
  // 19 − 13.20 + 10 × 30.4167 × 0.44 = 139.63; 102 − 13.20 + 133.83 = 222.63.
  expect(text).toMatch(/dev +in all +19\.00 +139\.63 +1\.00/);
  expect(text).toMatch(/prod +in all +102\.00 +222\.63 +2\.00/);
  expect(text).toMatch(/Glue jobs \* +13\.20 +133\.83 +0\.00/);
});

describe("throughput", () => {
  // Four that run side by side and the merge, however many the project has.
  const jobs = (workers = 10) =>
    Object.keys(MEASURED.coreSecondsPerMb).map((name) =>
      job(`${name.replaceAll("_", "-")}-prod`, { number_of_workers: workers }),
    );

  test("a run is as long as its longest ETL job and the merge after it; all are paid", () => {
    // 10 GB: each ETL job 200 core seconds, 50 s of one worker: 95 s of 2 DPU. The merge 400: 100 s: 145 s of 2 DPU.
    // Time 95 + 145 = 240 s. DPU-hours (4 × 95 + 145) × 2 ÷ 3600 = 0.29167; × $0.44 = $0.12833, $12.83 a TB.
    const found = throughput(jobs(), 10, profile(), MEASURED);
    expect(found.seconds).toBeCloseTo(240, 6);
    expect(found.dpuHours).toBeCloseTo(0.29167, 5);
    expect(found.usd).toBeCloseTo(0.12833, 5);
    expect(found.usdPerTb).toBeCloseTo(12.833, 3);
    // 10,000 MB ÷ (0.29167 × 3600 s × 4 vCPU) = 2.381 MB/s.
    expect(found.mbPerSecondAndCore).toBeCloseTo(2.381, 3);
  });

  test("the guide's terabyte in three hours for $15 is about 2 MB/s a vCPU", () => {
    const { gb, seconds, usd } = GUIDE.throughput;
    const vcpus = (usd / 0.44 / (seconds / 3600)) * 4;
    expect((gb * 1000) / seconds / vcpus).toBeCloseTo(2.04, 2);
  });
});

test("measured figures: seconds of a core for each MB of all raw files, at the largest size of the pipeline", () => {
  const one = (size: number, name: string, bytes: number, cpu: number, output = 0) => ({
    size,
    job: name,
    bytes: bytes * 1_000_000,
    output: output * 1_000_000,
    effort: { cpu },
  });
  const machine = { date: "2026-01-01", platform: "here", cores: 2 };
  const datasets = (size: number) => [
    one(size, "transactions", 40, 8, 10),
    one(size, "products", 10, 2, 5),
    one(size, "clickstream", 30, 3, 5),
    one(size, "reviews", 20, 5, 10),
  ];
  // 100 MB raw: 8 ÷ 100 = 0.08 …; processed 30 ÷ 100; curated 40 ÷ 100. 16× lacks the merge, so 4× it is.
  const found = measuredFrom({ machine, results: [...datasets(4), one(4, "merge", 100, 10, 40), ...datasets(16)] });
  expect(found).toMatchObject({ mb: 100, processedShare: 0.3, curatedShare: 0.4 });
  expect(found.coreSecondsPerMb).toEqual({
    transaction_etl: 0.08,
    product_enrichment: 0.02,
    clickstream_aggregation: 0.03,
    review_etl: 0.05,
    master_data_merge: 0.1,
  });
  expect(() => measuredFrom({ machine, results: datasets(4) })).toThrow(/no size at which the merge was measured/);
});
