import { mkdtempSync, rmSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import path from "node:path";
import { type Runner, together } from "../../../cli/lib/test-lanes";

const folder = mkdtempSync(path.join(tmpdir(), "test-lanes-"));
const file = (name: string) => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let said: string[];
beforeEach(() => {
  said = [];
  jest.spyOn(console, "log").mockImplementation((text: string) => void said.push(text));
});
afterEach(() => jest.restoreAllMocks());

/** A runner that is a program of Node's; it can wait until a file is there, and make one. */
function runner(title: string, program: string): Runner {
  const report = file(`${title}.json`);
  const tools = `const { existsSync, writeFileSync } = require("node:fs");
    const made = (name) => { while (!existsSync("${folder}/" + name)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); };
    const make = (name, text = "") => writeFileSync("${folder}/" + name, text);`;
  return {
    title,
    command: process.execPath,
    args: ["-e", `${tools}${program}`],
    report,
    read: JSON.parse,
    emptyCodes: [],
  };
}
const passes = (title: string) => `make("${title}.json", '{"passed":1,"failed":0,"skipped":0}');`;

test("lanes run side by side, those of a lane in turn, and a lane without the terminal is told of as a whole", async () => {
  const counts = await together(
    [
      // Each of two waits for the other, which none could that ran after it.
      [
        runner("first", `make("begun"); made("answered"); ${passes("first")}`),
        runner("second", `made("first.json"); ${passes("second")}`),
      ],
      [
        runner(
          "beside",
          `made("begun"); console.log("its words", require("node:os").getPriority()); make("answered"); ${passes("beside")}`,
        ),
      ],
    ],
    folder,
  );
  expect(counts).toEqual(Array(3).fill({ passed: 1, failed: 0, skipped: 0 }));
  const titles = said.map((text) => /── (\w+) ─/.exec(text)?.[1]);
  expect(titles.filter((title) => title !== undefined).toSorted()).toEqual(["beside", "first", "second"]);
  expect(titles.indexOf("beside")).toBeGreaterThan(titles.indexOf("first"));
  expect(said[titles.indexOf("beside")]).toMatch(/── beside ─+\nits words \d+$/);
  // It gives way to whatever has the terminal.
  expect(Number(said[titles.indexOf("beside")]?.split(" ").at(-1))).toBeGreaterThan(getPriority());
  expect(said).toContain("(meanwhile, and told of afterwards: beside)");
});

test("one that breaks counts as a failure, and the others go on", async () => {
  jest.spyOn(console, "error").mockImplementation();
  const counts = await together(
    [[runner("sound", passes("sound"))], [runner("broken", "process.exit(3)"), runner("next", passes("next"))]],
    folder,
  );
  expect(counts.map(({ passed, failed }) => [passed, failed])).toEqual([
    [1, 0],
    [0, 1],
    [1, 0],
  ]);
});
