import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../cli/lib/paths";
import { version } from "../../package.json";
import lock from "../../package-lock.json";

const SECTIONS = ["State", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

const [, ...parts] = readFileSync(path.join(ROOT, "CHANGELOG.md"), "utf8").split(/^## /m);
const versions = parts.map((text) => ({
  heading: text.slice(0, text.indexOf("\n")),
  sections: text
    .split(/^### /m)
    .slice(1)
    .map((section) => ({
      title: section.slice(0, section.indexOf("\n")),
      content: section.slice(section.indexOf("\n")).trim(),
    })),
}));
const released = versions
  .slice(1)
  .map(({ heading }) => heading.match(/^\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$/)?.[1]);

test("what is not released comes first, then the versions with their dates, the newest first", () => {
  expect(versions[0]?.heading).toBe("[Unreleased]");
  expect(released).not.toContain(undefined);
  const newestFirst = [...released].sort((one, other) =>
    String(other).localeCompare(String(one), "en", { numeric: true }),
  );
  expect(released).toEqual(newestFirst);
});

test("package.json and its lock have the newest version; before the first, that which is to come", () => {
  expect(released[0] ?? version).toBe(version);
  expect([lock.version, lock.packages[""].version]).toEqual([version, version]);
});

test.each(versions)("$heading says first what an apply does to the state, and has no sections but the usual", (of) => {
  const titles = of.sections.map(({ title }) => title);
  expect(titles[0]).toBe("State");
  expect(titles).toEqual(SECTIONS.filter((title) => titles.includes(title)));
  expect(of.sections.filter(({ content }) => content === "")).toEqual([]);
});
