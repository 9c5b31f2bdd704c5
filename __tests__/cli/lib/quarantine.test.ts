import { PutObjectCommand } from "@aws-sdk/client-s3";
import { outcomeLines, quarantineLines } from "../../../cli/commands/replay";
import { type Lake, lakeOf } from "../../../cli/lib/lake";
import { judgeQuarantined } from "../../../cli/lib/quarantine";
import { environment } from "../../../envs";
import { createBucket, type Moto, startMoto } from "../../functions/moto";

const DATE = "2025-01-31";
const NOW = new Date("2025-02-01T00:00:00Z");
const COLUMNS = ["review_id", "product_id", "customer_id", "rating", "review_date"];

let moto: Moto;
let lake: Lake;

beforeAll(async () => {
  moto = await startMoto();
  lake = lakeOf(environment("local"), { endpoint: moto.endpoint, region: "us-east-1" } as Lake["local"]);
  await createBucket(lake.names.bucket);
});
afterAll(() => moto.stop());

const put = (Key: string, Body: string) => lake.s3.send(new PutObjectCommand({ Bucket: lake.names.bucket, Key, Body }));

async function putManifest(run: string, columns: Record<string, string[]>): Promise<void> {
  const files = Object.entries(columns).map(([name, of]) => ({
    key: `raw/reviews/date=${DATE}/${name}`,
    format: "csv",
    columns: of,
  }));
  await put(`runs/date=${DATE}/run=${run}/manifest.json`, JSON.stringify({ datasets: { reviews: { files } } }));
}

const entry = (run: string, name: string, line: number, raw: string, ...reasons: string[]) =>
  `${JSON.stringify({ dataset: "reviews", date: DATE, run, file: `raw/reviews/date=${DATE}/${name}`, record: line - 1, line, reasons, raw })}\n`;

test("records in quarantine are judged by today's contracts, each with the columns of its own file", async () => {
  await putManifest("r-1", { "a.csv": [...COLUMNS, "helpful_votes"], "b.csv": COLUMNS });
  await put(
    `quarantine/reviews/date=${DATE}/run=r-1/part-00000-000.json`,
    entry("r-1", "a.csv", 2, "R1,P1,C1,6,2025-01-30,-1", "rating.maximum", "helpful_votes.minimum") +
      entry("r-1", "a.csv", 7, "R2,P1,C1,5,2025-01-30,1", "rating.maximum"),
  );
  await put(
    `quarantine/reviews/date=${DATE}/run=r-1/part-00001-000.json`,
    entry("r-1", "b.csv", 3, "R3\u2028,P1,C1,4,2025-01-30", "rating.maximum"),
  );

  expect(await judgeQuarantined(lake, "reviews", DATE, NOW)).toEqual({
    dataset: "reviews",
    records: 3,
    good: 2,
    rules: [
      { rule: "rating.maximum", records: 3, good: 2, first: "a.csv:2" },
      { rule: "helpful_votes.minimum", records: 1, good: 0, first: "a.csv:2" },
    ],
  });
  expect(await judgeQuarantined(lake, "transactions", DATE, NOW)).toBeUndefined();
});

test("the run that wrote last counts: one that failed leaves its own beside those of the published one", async () => {
  const folder = "quarantine/reviews/date=2025-01-29";
  const objects = { "run=z-old/p.json": 1, "run=a-new/p.json": 3, "run=m-older/p.json": 2, stray: 4 };
  const Contents = Object.entries(objects).map(([name, second]) => ({
    Key: `${folder}/${name}`,
    LastModified: new Date(second * 1000),
  }));
  const listing = jest.spyOn(lake.s3, "send").mockImplementationOnce(async () => ({ Contents }));
  try {
    const judged = judgeQuarantined(lake, "reviews", "2025-01-29", NOW);
    await expect(judged).rejects.toThrow("runs/date=2025-01-29/run=a-new/manifest.json is gone");
  } finally {
    listing.mockRestore();
  }
});

test("what cannot be read is told, not passed over", async () => {
  const prefix = "quarantine/products/date=2025-01-30";
  const line = `${JSON.stringify({ run: "r-9", file: "raw/products/date=2025-01-30/p.json", record: 1, line: null, reasons: ["price.required"], raw: "{}" })}\n`;
  await put(`${prefix}/run=r-9/part-00000-000.json`, line);
  await expect(judgeQuarantined(lake, "products", "2025-01-30", NOW)).rejects.toThrow(
    "The manifest runs/date=2025-01-30/run=r-9/manifest.json is gone",
  );

  const files = [{ key: "raw/products/date=2025-01-30/other.json", format: "jsonl", columns: [] }];
  await put("runs/date=2025-01-30/run=r-9/manifest.json", JSON.stringify({ datasets: { products: { files } } }));
  await expect(judgeQuarantined(lake, "products", "2025-01-30", NOW)).rejects.toThrow("which run r-9 did not read");

  await put(`${prefix}/run=r-9/part-00000-000.json`, "not json\n");
  await expect(judgeQuarantined(lake, "products", "2025-01-30", NOW)).rejects.toThrow("Line 1 of quarantine/products");
});

test("people see what is there, what would be good today, and what a replay changed", () => {
  const rule = { rule: "rating.maximum", records: 1_500, good: 1_000, first: "a.csv:2" };
  const before = [{ dataset: "reviews" as const, records: 2_000, good: 1_000, rules: [rule] }];
  expect(quarantineLines(before).join("\n")).toMatch(
    /reviews +all +2,000 +1,000\n +rating\.maximum +1,500 +1,000 +a\.csv:2/,
  );

  const after = [{ dataset: "reviews" as const, records: 1_000, good: 0, rules: [] }];
  expect(outcomeLines(before, after, ["reviews"]).join("\n")).toMatch(/reviews +2,000 +1,000$/);
  expect(outcomeLines(before, before, ["reviews"]).join("\n")).toContain(
    "1,000 of them are good by the contracts of this checkout, not by the deployed",
  );
  expect(outcomeLines(before, [], ["reviews"]).join("\n")).toMatch(/reviews +2,000 +0$/);
});
