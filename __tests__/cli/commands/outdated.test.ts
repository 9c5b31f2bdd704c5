import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { outdated } from "../../../cli/commands/outdated";
import { PRICE_LIST } from "../../../prices";

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-outdated-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A day so many days after the prices were looked up. */
const after = (days: number) => new Date(Date.parse(PRICE_LIST.checked) + days * 86_400_000);

async function found(npm: string, pip: string, now: Date): Promise<string> {
  const log = jest.spyOn(console, "log").mockImplementation(() => {});
  const out = path.join(folder, "outdated.txt");
  await outdated({ out }, now, async (command) => (command === "npm" ? npm : pip));
  log.mockRestore();
  return readFileSync(out, "utf8");
}

test("nothing outdated is nothing to say", async () => {
  expect(await found("", "[]", after(90))).toBe("");
});

test("packages of npm and Python are told, and prices older than 90 days", async () => {
  const npm = JSON.stringify({ cdktf: { current: "0.21.0", latest: "0.22.0" }, yaml: { latest: "3.0.0" } });
  const pip = JSON.stringify([{ name: "duckdb", version: "1.0.0", latest_version: "1.1.0" }]);
  const text = await found(npm, pip, after(91));
  expect(text).toMatch(/cdktf +0\.21\.0 +0\.22\.0 +npm/);
  expect(text).toMatch(/yaml +missing +3\.0\.0 +npm/);
  expect(text).toMatch(/duckdb +1\.0\.0 +1\.1\.0 +Python/);
  expect(text).toContain("Prices were looked up 91 days ago");
});
