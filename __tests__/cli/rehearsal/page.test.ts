import { readFileSync } from "node:fs";
import { commandsOf, fill, PAGE, withRehearsed } from "../../../cli/rehearsal/page";
import { REHEARSALS } from "../../../cli/rehearsal/rehearsals";
import { rehearsedText } from "../../../cli/rehearsal/report";

const page = readFileSync(PAGE, "utf8");

test("every part of disaster recovery that tells people to type something is rehearsed", () => {
  const [, recovery = ""] = page.split("## Disaster recovery\n");
  const parts = [...recovery.matchAll(/^### (.+)$/gm)].map(([, title = ""]) => title);
  const typed = parts.filter((title) => title !== "Rehearsed" && commandsOf(page, title).length > 0);
  expect([...new Set(REHEARSALS.map(({ section }) => section))].toSorted()).toEqual(typed.toSorted());
});

test("what is not typed in a rehearsal is a line of its part", () => {
  for (const { name, section, untyped = [] } of REHEARSALS) {
    const lines = commandsOf(page, section);
    for (const beginning of untyped) {
      expect([name, lines.filter((line) => line.startsWith(beginning))]).not.toEqual([name, []]);
    }
  }
});

test("commands are those of a part, up to the next one", () => {
  const text = "# A\n\n### One\n\nSay `aws s3 ls`, or `x`.\n\n### Two\n\n1. `npm run pipeline -- status`\n";
  expect(commandsOf(text, "One")).toEqual(["aws s3 ls"]);
  expect(commandsOf(text, "Two")).toEqual(["npm run pipeline -- status"]);
  expect(() => commandsOf(text, "Three")).toThrow('no part "Three"');
});

test("places are filled, and one that nothing is known for is an error", () => {
  const line = "aws glue delete-table --database-name ZONE_ENV --name TABLE";
  expect(fill(line, { ZONE: "curated", ENV: "local", TABLE: "t" })).toBe(
    "aws glue delete-table --database-name curated_local --name t",
  );
  expect(() => fill(line, { ENV: "local", TABLE: "t" })).toThrow("Nothing is known to put for ZONE");
});

test("what was rehearsed takes the place of what the page said of it; what was not rehearsed now stays", () => {
  const contents = { "curated.a": { rows: 1_234, hash: "" } };
  const scene = { day: "2026-01-02", version: "abc", dates: 2, contents, runSeconds: 30, cores: 2, load: 17.6 };
  const one = { name: "n", what: "a file", seen: "back", passed: true, seconds: 65 };
  const two = { ...one, what: "b", seen: "a | b", passed: false };
  const order = ["a file", "b", "all of it"];
  const first = withRehearsed(page, (before) => rehearsedText(before, order, [two, one], scene));
  expect(first).toContain("\n\nNot seen yet:\n\n- all of it\n\n<!--");
  expect(first).toContain("2 dates with 1,234 rows in 1 tables");
  expect(first).toContain("A run of a date took 30 s there, on 2026-01-02, on 2 cores at a load of 18.");
  expect(first).toContain("| a file        | back          | 1 min 05 s | 2026-01-02 abc |");
  expect(first).toContain("| b             | **✗ a \\| b**  | 1 min 05 s | 2026-01-02 abc |");

  const mended = { ...two, seen: "fine", passed: true };
  const second = withRehearsed(first, (before) => rehearsedText(before, order, [mended], { ...scene, version: "def" }));
  const rows = second.split("\n").filter((line) => / 2026-01-02 /.test(line));
  expect(rows.map((row) => row.replaceAll(/ +/g, " "))).toEqual([
    "| a file | back | 1 min 05 s | 2026-01-02 abc |",
    "| b | fine | 1 min 05 s | 2026-01-02 def |",
  ]);
  const gone = withRehearsed(second, (before) => rehearsedText(before, ["b"], [], scene));
  expect(gone).not.toContain("| a file");
  expect(gone).toContain("| b ");
  expect(gone).not.toContain("Not seen yet");
});
