import { readFileSync } from "node:fs";
import { inProject } from "../../../modules/lib/project";
import { DEFAULTS, settingsFrom } from "../../../modules/orchestration";

test("defaults hold where an environment says nothing", () => {
  expect(settingsFrom()).toEqual(DEFAULTS);
  expect(Object.isFrozen(DEFAULTS) && Object.isFrozen(DEFAULTS.timeouts)).toBe(true);
});

test("part of a group leaves the rest of it", () => {
  const settings = settingsFrom({ timeouts: { job: 60 }, concurrency: { files: 1 } });
  expect(settings.timeouts).toEqual({ ...DEFAULTS.timeouts, job: 60 });
  expect(settings.concurrency).toEqual({ files: 1, crawlers: 4 });
});

test.each([0, -1, 1.5, Number.NaN])("%p seconds are refused", (poll) => {
  expect(() => settingsFrom({ crawlerPoll: poll })).toThrow(/crawlerPoll is a whole number above zero/);
});

test("a number deep inside is named by its path", () => {
  expect(() => settingsFrom({ retries: { service: { attempts: 0, interval: 1, longest: 2 } } })).toThrow(
    "orchestration settings: retries.service.attempts is a whole number above zero; received 0. To mend it, set retries.service.attempts accordingly, or leave it to the default.",
  );
});

test("the lease outlives the run", () => {
  expect(settingsFrom({ lease: 100, timeouts: { run: 100 } }).lease).toBe(100);
  expect(() => settingsFrom({ lease: 99, timeouts: { run: 100 } })).toThrow(
    /two runs could hold one date.*received 99/,
  );
});

test("the longest wait is longer than the first", () => {
  const capacity = { attempts: 1, interval: 5, longest: 5 };
  expect(() => settingsFrom({ retries: { capacity } })).toThrow(/retries.capacity.longest is above the interval \(5\)/);
});

test("tasks give up before the run does", () => {
  const { run, ...tasks } = DEFAULTS.timeouts;
  expect(Math.max(...Object.values(tasks))).toBeLessThan(run);
});

test("the README quotes the defaults", () => {
  const readme = readFileSync(inProject("modules", "orchestration", "README.md"), "utf8");
  const quoted = [...readme.matchAll(/^\| `([\w.]+)` +\| ([\d,]+) +\|/gm)].map(([, path, value]) => [
    path,
    Number(value?.replaceAll(",", "")),
  ]);
  expect(Object.fromEntries(quoted)).toEqual(Object.fromEntries(flat(DEFAULTS)));
});

function flat(value: object, path: readonly string[] = []): [string, number][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object" ? flat(inner, [...path, key]) : [[[...path, key].join("."), inner] as [string, number]],
  );
}
