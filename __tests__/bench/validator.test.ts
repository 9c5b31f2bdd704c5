import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleSize, coldStarts } from "../../bench/validator/start";

test("a cold start of the deployed validator is measured from its load to a verdict in the ledger", async () => {
  const folder = mkdtempSync(join(tmpdir(), "commerce-lake-bench-start-"));
  try {
    const [start] = await coldStarts(folder, 1);
    expect(start).toEqual({ loaded: expect.any(Number), firstByte: expect.any(Number), verdict: expect.any(Number) });
    expect(start?.firstByte).toBeGreaterThan(0);
    expect(start?.verdict).toBeGreaterThan(start?.firstByte ?? Number.POSITIVE_INFINITY);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

test("the bundle's size is that of its code, and of what is stored", () => {
  const { bytes, zipped } = bundleSize();
  expect(zipped).toBeGreaterThan(10_000);
  expect(bytes).toBeGreaterThan(zipped);
});
