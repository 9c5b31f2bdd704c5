import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { jobLogLines } from "../../../cli/lib/job-log";
import { lakeOf } from "../../../cli/lib/lake";
import { environment } from "../../../envs";

const folder = mkdtempSync(path.join(tmpdir(), "job-log-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const env = environment("local");
const running = { endpoint: "http://127.0.0.1:1", pid: 1, region: "us-east-1", account: "123456789012", folder };
const cause = '{"JobRunId":"jr_0aff","ErrorMessage":"boom"}';

test("the end of the failed job's log is told, without pages of Java", () => {
  const logs = path.join(folder, "local-aws/logs/glue/review-etl-local");
  mkdirSync(logs, { recursive: true });
  const frames = Array.from({ length: 40 }, (_, line) => `10:00:00 E \tat org.apache.Spark.run(Spark.scala:${line})`);
  writeFileSync(
    path.join(logs, "jr_0aff.log"),
    ["10:00:00 E the reason", ...frames, "10:00:00 E ", "10:00:01 E \t... 7 more", ""].join("\n"),
  );
  const lines = jobLogLines(lakeOf(env, running), cause);
  expect(lines).toEqual([
    "",
    "  The end of the job's log:",
    "    10:00:00 E the reason",
    expect.stringMatching(/^ {2}log .*jr_0aff\.log$/),
  ]);
});

test("where no job failed, or the lake is in AWS, there is nothing to show", () => {
  expect(jobLogLines(lakeOf(env, running), "a function failed")).toEqual([]);
  expect(jobLogLines(lakeOf(env, running), "jr_99")).toEqual([]);
  expect(jobLogLines(lakeOf(env), cause)).toEqual([]);
});
