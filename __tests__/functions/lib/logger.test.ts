import { execFileSync } from "node:child_process";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag, LakeObjects } from "../../../functions/lib/lake-objects";
import { createLogger } from "../../../functions/lib/logger";
import { validateFile } from "../../../functions/validate-file/validate-file";
import { inProject } from "../../../modules/lib/project";
import { SAVED_QUERIES } from "../../../modules/monitoring/saved-queries";
import { rememberedMetrics } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";

const RUN = { run: "2025-01-15-cli-1", date: "2025-01-15" };

/** The lines that the jobs' log writes: of a step, a warning, and a failure that quotes a record. */
function linesOfJobs(): Record<string, unknown>[] {
  const script = `
from commerce_lake.errors import JobError
from commerce_lake.log import Log
log = Log(job="review_etl", step="EtlJobs", run="${RUN.run}", date="${RUN.date}", dataset="reviews")
log.info("done", rows={"in": 3})
log.warning("lock not renewed", lock="MERGE")
log.failure(JobError("The manifest is gone."))
log.failure(ValueError("bad value 'customer-4711'"))`;
  const env = { ...process.env, PYTHONPATH: inProject("jobs") };
  const text = execFileSync(inProject(".local/venv/bin/python"), ["-c", script], { env, encoding: "utf8" });
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function linesOfFunctions(): Record<string, unknown>[] {
  const lines: string[] = [];
  const logger = createLogger(
    { function: "data-quality", step: "DataQualityChecks", ...RUN, dataset: "reviews" },
    (line) => lines.push(line),
  );
  logger.info("done", { rows: { in: 3 } });
  logger.warn("an earlier report tells nothing");
  logger.error("failed", { cause: "The manifest is gone." });
  for (const line of lines) expect(line.indexOf("\n")).toBe(line.length - 1);
  return lines.map((line) => JSON.parse(line));
}

test("functions and jobs write the same: time, level, who, what about, and a message", () => {
  const [functions, jobs] = [linesOfFunctions(), linesOfJobs()];
  for (const line of [...functions, ...jobs]) {
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: expect.stringMatching(/^(info|warn|error)$/),
      message: expect.any(String),
      step: expect.any(String),
      dataset: "reviews",
      ...RUN,
    });
  }
  const keys = (line: object | undefined) =>
    Object.keys(line ?? {}).filter((key) => key !== "function" && key !== "job");
  expect(keys(jobs[0]).sort()).toEqual(keys(functions[0]).sort());
  expect(keys(jobs[1]).sort()).toEqual([...keys(functions[1]), "lock"].sort());
});

test("a failure tells what the job said itself, and nothing that could quote a record", () => {
  const [, , own, foreign] = linesOfJobs();
  expect(own).toMatchObject({ level: "error", error: "JobError", cause: "The manifest is gone." });
  expect(foreign).toMatchObject({ level: "error", error: "ValueError" });
  expect(JSON.stringify(foreign)).not.toContain("4711");
});

describe("the validator's log", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
    await createBucket("lake");
    await createLedger("files", "updated_at");
  });
  afterAll(() => moto.stop());

  test("holds nothing of the records that it rejects, whoever they are about", async () => {
    const key = "raw/reviews/date=2025-01-15/bad.csv";
    const personal = ["Ada-Lovelace-4711", "ada@example.com", "she wrote: call me at 555-0199"];
    const header = "review_id,product_id,customer_id,rating,review_text,review_date";
    const rows = personal.map((value, index) => `R${index},P1,${value},nine,"${value}",someday`);
    const s3 = new S3Client({ forcePathStyle: true });
    const { ETag } = await s3.send(
      new PutObjectCommand({ Bucket: "lake", Key: key, Body: Buffer.from([header, ...rows, ""].join("\n")) }),
    );
    const lines: string[] = [];
    const logger = createLogger({ function: "validate-file", step: "ValidateFiles", ...RUN }, (line) =>
      lines.push(line),
    );
    const clients = {
      objects: new LakeObjects("lake", s3),
      ledger: new FileLedger("files", new DynamoDBClient({})),
      logger,
      metrics: rememberedMetrics().metrics,
    };
    const event = { ...RUN, processingTime: "2025-01-16T02:00:00Z", dataset: "reviews" as const, bucket: "lake", key };
    expect(await validateFile({ ...event, etag: bareEtag(ETag) }, clients, 60_000)).toMatchObject({
      state: "rejected",
    });
    expect(lines).not.toEqual([]);
    for (const value of personal) expect(lines.join()).not.toContain(value);
  });
});

test("saved queries name fields that lines have, and functions that Logs Insights knows", () => {
  const known = new Set([
    ...["time", "level", "message", "function", "job", "run", "date", "dataset", "step"],
    ...["cause", "reason", "key", "code", "state", "rows", "badRows", "bytes", "seconds"],
  ]);
  for (const { name, clauses } of SAVED_QUERIES) {
    expect([name, clauses.join(" | ").length <= 10_000]).toEqual([name, true]);
    for (const clause of clauses) {
      expect(clause).toMatch(/^(fields|filter|stats|sort|limit) /);
      const words = clause
        .replaceAll(/"[^"]*"|\/[^/]*\/|@\w+/g, "")
        .replaceAll(/\bas \w+|\b(by|asc|desc|and|or|in|like)\b/g, "")
        .match(/[A-Za-z]\w*(?!\w*\()/g);
      const named = (words ?? []).slice(1).filter((word) => !["slowest", "REPORT"].includes(word));
      expect([name, clause, named.filter((word) => !known.has(word))]).toEqual([name, clause, []]);
    }
  }
});
