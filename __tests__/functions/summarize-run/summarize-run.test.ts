import { DATASETS } from "../../../contracts";
import type { Item, ItemValue } from "../../../functions/lib/dynamo";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { type SummarizeRunEvent, summarizeRun } from "../../../functions/summarize-run/summarize-run";
import { MemoryObjects, rememberedMetrics, silent } from "../memory-objects";

const run = { run: "2025-01-15-cli-1", date: "2025-01-15", processingTime: "2025-01-16T02:00:00Z" };
const FOLDER = "runs/date=2025-01-15/run=2025-01-15-cli-1";
const NOW = Date.parse("2025-01-16T02:01:05.400Z");

class FakeRunLedger extends RunLedger {
  readonly recorded: [string, string, Readonly<Record<string, ItemValue | undefined>>][] = [];
  constructor(private readonly past: readonly Item[]) {
    super("runs");
  }
  override async succeeded() {
    return [...this.past];
  }
  override async record(date: string, name: string, entry: Readonly<Record<string, ItemValue | undefined>>) {
    this.recorded.push([date, name, entry]);
  }
}

const excluded = [
  {
    key: "raw/reviews/date=2025-01-15/b.csv",
    state: "duplicate",
    reason: "Same content as raw/…/a.csv.",
    original: "raw/…/a.csv",
  },
  { key: "raw/reviews/date=2025-01-15/bad\n\u202e.csv", state: "rejected", reason: "The file is empty." },
];
const goodObjects = () =>
  new MemoryObjects({
    [`${FOLDER}/manifest.json`]: {
      version: 1,
      datasets: {
        reviews: { files: [{ rows: 10, bytes: 100 }], excluded },
        transactions: {
          files: [
            { rows: 5, bytes: 50 },
            { rows: 5, bytes: 50 },
          ],
          excluded: [],
        },
      },
    },
    [`${FOLDER}/jobs/review_etl.json`]: {
      job: "review_etl",
      rows: { in: 10, out: 7, quarantined: 2, duplicates: 1 },
      reasons: { "rating.maximum": 2 },
      tables: [],
      seconds: 12.3,
    },
  });

async function summarize(event: Partial<SummarizeRunEvent> = {}, objects = goodObjects(), past: readonly Item[] = []) {
  const runs = new FakeRunLedger(past);
  const { metrics, emitted } = rememberedMetrics("local");
  const result = await summarizeRun(
    { ...run, status: "SUCCEEDED", ...event },
    { environment: "local", objects, runs, now: () => NOW, logger: silent, metrics },
  );
  return { ...result, runs, objects, emitted };
}

const PAGE = `https://eu-central-1.console.aws.amazon.com/s3/object/lake?region=eu-central-1&prefix=${encodeURIComponent(`${FOLDER}/quality.html`)}`;
const NO_FILES = { accepted: 0, duplicate: 0, rejected: 0 };
const NO_ROWS = { in: 0, out: 0, quarantined: 0, duplicates: 0 };

test("a run that is gone on with only to be summed up tells of its checks by their report", async () => {
  const objects = goodObjects();
  const checks = [
    { id: "reviews.rating.maximum", status: "failed" },
    { id: "reviews.rows", status: "passed" },
    { id: "reviews.volume", status: "waived" },
  ];
  await objects.writeJson(`${FOLDER}/quality.json`, { verdict: "warn", checks });
  const { output, subject } = await summarize({}, objects);
  expect(subject).toContain("with warnings");
  expect(output.quality).toEqual({
    verdict: "warn",
    report: `${FOLDER}/quality.json`,
    page: PAGE,
    failed: ["reviews.rating.maximum"],
    worst: [],
  });
});

test("a run without one of its datasets: what failed, what stands, and what to do", async () => {
  const cause = JSON.stringify({ ErrorMessage: "No column\u202e rating", JobName: "review-etl-local" });
  const { subject, message, output, objects, summary, runs } = await summarize({
    status: "PARTIAL",
    failures: [{ dataset: "reviews", step: "EtlJobs", error: "States.TaskFailed", cause }, { dataset: "nonsense" }],
  });
  const failures = [{ dataset: "reviews", step: "EtlJobs", error: "States.TaskFailed", cause: "No column? rating" }];
  expect(subject).toBe("[commerce-lake local] 2025-01-15 PARTIAL: without reviews; 3 files, 7 rows");
  expect(message).toContain("batch date 2025-01-15: PARTIAL\n");
  expect(message).toContain("\nreviews failed at EtlJobs: States.TaskFailed\n  No column? rating\n");
  expect(message).toContain("npm run pipeline -- run --env local --date 2025-01-15 --datasets reviews\n");
  expect(message).toContain("What reviews brought before stands as it was.");
  expect(output).toMatchObject({ status: "PARTIAL", failure: null, failures });
  expect(objects.json(summary)).toMatchObject({ status: "PARTIAL", failures });
  expect(runs.recorded[0]?.[2]).toMatchObject({ state: "PARTIAL", failures, failed_step: undefined });
});

test("a good run: output, summary, ledger and message say the same", async () => {
  const { subject, message, summary, output, runs, objects } = await summarize({
    trigger: "cli",
    quality: {
      verdict: "warn",
      report: `${FOLDER}/quality.json`,
      failed: ["reviews.rows.volume", "reviews.rating.mean"],
      worst: ["reviews.rows.volume: 10,\u202e expected 70 to 90"],
      rows: {},
    },
    tables: [
      {
        table: "curated_local.reviews",
        snapshot: "1",
        rows: 7,
        files: 1,
        actions: ["compaction", "expiry failed: x\n"],
      },
      { table: "curated_local.products", snapshot: "2", rows: 4, files: 1, actions: [] },
    ],
  });
  const files = {
    transactions: { accepted: 2, duplicate: 0, rejected: 0 },
    products: NO_FILES,
    clickstream: NO_FILES,
    reviews: { accepted: 1, duplicate: 1, rejected: 1 },
  };
  const rows = {
    transactions: NO_ROWS,
    products: NO_ROWS,
    clickstream: NO_ROWS,
    reviews: { in: 10, out: 7, quarantined: 2, duplicates: 1 },
  };
  expect(output).toEqual({
    status: "SUCCEEDED",
    date: "2025-01-15",
    run: "2025-01-15-cli-1",
    files,
    rows,
    quality: {
      verdict: "warn",
      report: `${FOLDER}/quality.json`,
      page: PAGE,
      failed: ["reviews.rows.volume", "reviews.rating.mean"],
      worst: ["reviews.rows.volume: 10,? expected 70 to 90"],
    },
    tables: [
      { table: "curated_local.reviews", rows: 7, actions: ["compaction", "expiry failed: x?"] },
      { table: "curated_local.products", rows: 4, actions: [] },
    ],
    failure: null,
    failures: [],
    excluded: [
      { dataset: "reviews", ...excluded[0] },
      { dataset: "reviews", ...excluded[1], key: "raw/reviews/date=2025-01-15/bad??.csv" },
    ],
    seconds: 65.4,
    summary: `${FOLDER}/summary.json`,
  });
  expect(summary).toBe(`${FOLDER}/summary.json`);
  expect(objects.json(summary)).toMatchObject({
    version: 1,
    ...run,
    environment: "local",
    status: "SUCCEEDED",
    files,
    rows,
    jobSeconds: { review_etl: 12.3 },
  });
  expect(runs.recorded).toEqual([
    [
      "2025-01-15",
      "2025-01-15-cli-1",
      {
        trigger: "cli",
        state: "SUCCEEDED",
        started_at: "2025-01-16T02:00:00Z",
        ended_at: "2025-01-16T02:01:05.400Z",
        seconds: 65.4,
        files,
        bytes: 200,
        rows,
        quality: "warn",
        summary: `${FOLDER}/summary.json`,
        failed_step: undefined,
        error: undefined,
        cause: undefined,
      },
    ],
  ]);
  expect(subject).toBe("[commerce-lake local] 2025-01-15 SUCCEEDED: 3 files, 7 rows, with warnings");
  expect(message).toBe(`Commerce lake local, batch date 2025-01-15: SUCCEEDED
Run 2025-01-15-cli-1 (cli), started 2025-01-16T02:00:00Z, took 1 min 5 s.

Files         accepted  duplicate  rejected
transactions         2          0         0
products             0          0         0
clickstream          0          0         0
reviews              1          1         1
Skipped, for there was nothing to read: products, clickstream.

Records       in  out  quarantined  duplicates
transactions   0    0            0           0
products       0    0            0           0
clickstream    0    0            0           0
reviews       10    7            2           1

Files left out
  duplicate: raw/reviews/date=2025-01-15/b.csv: Same content as raw/…/a.csv.
  rejected: raw/reviews/date=2025-01-15/bad??.csv: The file is empty.

Quarantined by rule
  reviews: rating.maximum: 2

Data quality: warn (${FOLDER}/quality.json)
  reviews.rows.volume: 10,? expected 70 to 90
  reviews.rating.mean
  All of it: npm run pipeline -- quality --env local --date 2025-01-15
  The same as a page: ${PAGE}

Upkeep of tables
  curated_local.reviews: compaction, expiry failed: x?

What to do
  See what is wrong with the rejected files: npm run pipeline -- ledger --env local --date 2025-01-15
  Ask the senders for them, upload them under the same date, then: npm run pipeline -- run --env local --date 2025-01-15
  Look at the warnings: npm run pipeline -- quality --env local --date 2025-01-15
`);
});

test("a run without any file succeeds with zero of everything", async () => {
  const { output, subject, message } = await summarize({}, new MemoryObjects());
  expect(output).toMatchObject({ status: "SUCCEEDED", quality: null, failure: null, excluded: [], tables: [] });
  expect(Object.keys(output.files)).toEqual([...DATASETS]);
  expect(output.files.products).toEqual(NO_FILES);
  expect(output.rows.products).toEqual(NO_ROWS);
  expect(subject).toBe("[commerce-lake local] 2025-01-15 SUCCEEDED: 0 files, 0 rows");
  expect(message).toMatch(/What to do\n {2}No file came for the date: .*\n$/);
});

describe("the figures of a run", () => {
  const ran = (seconds: number, bytes = 200): Item => ({ run: `r${seconds}`, seconds, bytes });

  test("are emitted once it succeeded, each job's time with them", async () => {
    const { emitted } = await summarize();
    expect(emitted).toEqual([
      {
        Environment: "local",
        RunsSucceeded: 1,
        RunsPartial: 0,
        RunsFailed: 0,
        RunsRejected: 0,
        DueRunsSucceeded: 1,
        RunSeconds: 65.4,
        RunBytes: 200,
      },
      { Environment: "local", Job: "review_etl", JobSeconds: 12.3 },
    ]);
  });

  test("are not emitted of a run that failed: close-run hears of it", async () => {
    expect((await summarize({ status: "FAILED" })).emitted).toEqual([]);
  });

  test.each<[string, string, boolean]>([
    ["of yesterday", "2025-01-15", true],
    ["of today", "2025-01-16", true],
    ["of the day before yesterday", "2025-01-14", false],
  ])("a run %s counts as due: %p", async (_, date, isDue) => {
    const { emitted } = await summarize({ date });
    expect(emitted[0]?.DueRunsSucceeded).toBe(isDue ? 1 : undefined);
  });

  test.each<[string, Item[], number | undefined]>([
    ["twice its usual time", [ran(32.7), ran(10), ran(100)], 2],
    ["its own entry not among the earlier ones", [{ ...ran(1), run: run.run }, ran(32.7), ran(10), ran(100)], 2],
    ["runs without files not among them", [ran(1, 0), ran(2, 0), ran(32.7), ran(10), ran(100)], 2],
    ["too few to say what is usual", [ran(32.7), ran(10)], undefined],
  ])("say how slow it was: %s", async (_, past, slowness) => {
    const { emitted } = await summarize({}, goodObjects(), past);
    expect(emitted[0]?.RunSlowness).toBe(slowness);
  });

  test("a run without files is neither slow nor usual", async () => {
    const { emitted } = await summarize({}, new MemoryObjects(), [ran(1), ran(2), ran(3)]);
    expect(emitted[0]).not.toHaveProperty("RunSlowness");
  });
});

describe("a failed run", () => {
  const lambdaError = {
    step: "EtlJobs",
    error: "States.TaskFailed",
    cause: JSON.stringify({ errorMessage: "Out\nof memory", trace: ["secret"] }),
  };

  test("says where, what, and what to do", async () => {
    const { subject, message, output, runs } = await summarize({ status: "FAILED", error: lambdaError });
    expect(subject).toBe("[commerce-lake local] 2025-01-15 FAILED: failed at EtlJobs");
    expect(message).toContain(`
It failed at EtlJobs, at 2025-01-16T02:01:05.400Z: States.TaskFailed
  Out?of memory
The tables stand as they were before this run.
`);
    expect(message).toMatch(
      /What to do\n {2}See where it failed: npm run pipeline -- status 2025-01-15-cli-1 --env local\n {2}Its log: npm run pipeline -- logs 2025-01-15-cli-1 EtlJobs --env local\n.*docs\/operations\.md#run-failed\n.*npm run pipeline -- run --env local --date 2025-01-15\n.*npm run pipeline -- redrive 2025-01-15-cli-1 --env local\n$/,
    );
    expect(output.failure).toEqual({ step: "EtlJobs", error: "States.TaskFailed", cause: "Out?of memory" });
    expect(message).not.toContain("Skipped");
    expect(runs.recorded[0]?.[2]).toMatchObject({
      state: "FAILED",
      failed_step: "EtlJobs",
      cause: "Out?of memory",
      log: "npm run pipeline -- logs 2025-01-15-cli-1 EtlJobs --env local",
    });
  });

  test("at a step that nobody knows points to the run's whole log", async () => {
    const { message } = await summarize({ status: "FAILED", error: { error: "E", cause: "c" } });
    expect(message).toContain("Its log: npm run pipeline -- logs 2025-01-15-cli-1 --env local");
  });

  test.each([
    // Whether all is published, the merge's report alone says: it may have ended without doing its work.
    ["MergeMasterData", "no", "Some tables may be published already"],
    ["MergeMasterData", "a", "The tables are published"],
    ["RefreshAthenaTables", "a", "The tables are published"],
    ["RefreshAthenaTables", "no", "Some tables may be published already"],
    ["SendNotification", "a", "The tables are published"],
    ["SendNotification", "no", "The tables stand as they were"],
    ["DataQualityChecks", "no", "The tables stand as they were"],
  ])("at %s, with %s report of the merge: %s", async (step, report, sentence) => {
    const objects = goodObjects();
    if (report === "a") await objects.writeJson(`${FOLDER}/jobs/master_data_merge.json`, { tables: [] });
    const { message } = await summarize({ status: "FAILED", error: { ...lambdaError, step } }, objects);
    expect(message).toContain(sentence);
  });

  test("for its quality points to the report", async () => {
    const quality = { verdict: "fail", report: `${FOLDER}/quality.json`, failed: ["reviews.key.unique"] };
    const { message } = await summarize({
      status: "FAILED",
      quality,
      error: { ...lambdaError, step: "DataQualityChecks" },
    });
    expect(message).toContain("The tables stand as they were before this run.");
    expect(message).toContain("See what failed: npm run pipeline -- quality --env local --date 2025-01-15");
    expect(message).toContain("docs/operations.md#run-rejected");
  });

  test.each<[string, unknown, object]>([
    ["no error at all", undefined, { step: "unknown", cause: "The state machine gave no error." }],
    ["an error that is none", "boom", { step: "unknown" }],
    ["no cause", { step: "X", error: "E" }, { step: "X", error: "E", cause: "No cause was given." }],
    ["a cause that is no JSON", { step: "X", error: "E", cause: "plain" }, { cause: "plain" }],
    ["a cause of Glue", { step: "X", error: "E", cause: '{"JobName":"j","ErrorMessage":"died"}' }, { cause: "died" }],
    ["a cause that is an object", { step: "X", error: "E", cause: { a: 1 } }, { cause: '{"a":1}' }],
    ["an endless cause", { step: "X", error: "E", cause: "x".repeat(100_000) }, { cause: `${"x".repeat(999)}…` }],
  ])("with %s is told nevertheless", async (_, error, failure) => {
    expect((await summarize({ status: "FAILED", error })).output.failure).toMatchObject(failure);
  });

  test("whose traces are damaged is told nevertheless", async () => {
    const objects = new MemoryObjects({
      [`${FOLDER}/manifest.json`]: "{",
      [`${FOLDER}/jobs/review_etl.json`]: { rows: "many" },
    });
    expect(
      (await summarize({ status: "FAILED", error: lambdaError, quality: 5, tables: "x" }, objects)).output,
    ).toMatchObject({
      status: "FAILED",
      quality: null,
      tables: [],
      rows: { reviews: NO_ROWS },
    });
  });
});

test("a thousand rejected files fit the message and the output; the summary has them all", async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({
    key: `${index}`,
    state: "rejected",
    reason: "x".repeat(1_000),
  }));
  const objects = new MemoryObjects({
    [`${FOLDER}/manifest.json`]: { datasets: { reviews: { files: [], excluded: many } } },
  });
  const { message, output, summary } = await summarize({}, objects);
  expect(message).toContain("and 980 more: see the summary");
  expect(Buffer.byteLength(message)).toBeLessThan(262_144);
  expect(JSON.stringify(output).length).toBeLessThan(131_072);
  expect(objects.json(summary)).toMatchObject({ excluded: { length: 1_000 } });
});

test("a subject is ASCII and not longer than SNS takes", async () => {
  const { subject } = await summarize({
    status: "FAILED",
    error: { step: `é\n${"x".repeat(200)}`, error: "E", cause: "" },
  });
  expect(subject).toMatch(/^[ -~]{1,100}$/);
});
