import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

let runs: string;
let newRunFolder: (command: string) => string;
beforeEach(() => {
  runs = mkdtempSync(path.join(tmpdir(), "runs-"));
  process.env.LAKE_RUNS = runs;
  jest.isolateModules(() => {
    ({ newRunFolder } = require("../../../cli/lib/run-folder"));
  });
});
afterEach(() => {
  delete process.env.LAKE_RUNS;
  rmSync(runs, { recursive: true });
});

function old(name: string, pid: number): void {
  mkdirSync(path.join(runs, name));
  writeFileSync(path.join(runs, name, "owner.pid"), String(pid));
}

/** No process has it: beyond the largest that Linux gives. */
const NOBODY = 4_194_305;

test("each run has a folder of its own, named by command and time", () => {
  const folder = newRunFolder("start");
  expect(path.dirname(folder)).toBe(runs);
  expect(path.basename(folder)).toMatch(new RegExp(`^start-\\d{4}-\\d\\d-\\d\\dT\\d{6}-${process.pid}$`));
});

test("the oldest folders go, whatever command they are of; those in use and all else stays", () => {
  for (let day = 1; day <= 7; day++) old(`${day % 2 ? "start" : "local"}-2025-01-0${day}T000000-1`, NOBODY);
  old("local-2024-01-01T000000-1", process.pid);
  writeFileSync(path.join(runs, "local.json"), "{}");
  const folder = newRunFolder("start");
  expect(readdirSync(runs).sort()).toEqual(
    [
      "local-2024-01-01T000000-1",
      "local-2025-01-04T000000-1",
      "local-2025-01-06T000000-1",
      "local.json",
      "start-2025-01-05T000000-1",
      "start-2025-01-07T000000-1",
      path.basename(folder),
    ].sort(),
  );
  expect(existsSync(folder)).toBe(true);
});
