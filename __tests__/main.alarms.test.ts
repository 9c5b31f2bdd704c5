import { readFileSync } from "node:fs";
import { contracts, DATASETS } from "../contracts";
import { ENVIRONMENT_NAMES, environments } from "../envs";
import { readAlarmText } from "../modules/lib/alarm-text";
import { RUNBOOK_SECTIONS } from "../modules/lib/measures";
import { FUNCTION_NAMES, JOB_NAMES, QUEUE_NAMES } from "../modules/lib/naming";
import { inProject } from "../modules/lib/project";
import { type AlarmState, type Datum, SimulatedAlarm } from "./modules/support/alarm";
import { type Resource, synthesizeEnvironment } from "./modules/support/synthesis";

const runbook = readFileSync(inProject("docs/operations.md"), "utf8");

/** What the alarm's name ends in, without the environment. */
const shortName = ({ alarm_name: name }: Resource, env: string) =>
  String(name)
    .replace(/^commerce-lake-/, "")
    .replace(new RegExp(`-${env}$`), "");

/** What happens, period by period: values of the alarm's metrics in their order, or none. */
interface Story {
  readonly bad: readonly number[];
  readonly good: readonly number[];
}

/** Every alarm by the name that it has in the runbook's table, what makes it go off, and what makes it stop. */
const STORIES: Readonly<Record<string, (threshold: number) => Story>> = {
  "run-failed": () => ({ bad: [1], good: [0] }),
  "run-late": () => ({ bad: [], good: [1] }),
  "run-partial": () => ({ bad: [1], good: [0] }),
  "run-slow": (limit) => ({ bad: [limit + 0.1], good: [limit] }),
  "run-rejected": () => ({ bad: [3], good: [0] }),
  "{dated dataset}-old-{severity}": (limit) => ({ bad: [limit + 1], good: [limit] }),
  "{dataset}-quarantine-{severity}": (limit) => ({ bad: [limit + 0.01], good: [limit] }),
  "rejected-files": (limit) => ({ bad: [limit + 1], good: [limit] }),
  "{dead letters}-messages": () => ({ bad: [1], good: [0] }),
  "{function}-errors-{severity}": (limit) => ({ bad: [limit + 1, 100], good: [limit, 100] }),
  "{function}-throttled": () => ({ bad: [1], good: [0] }),
  "{job}-failed": () => ({ bad: [1], good: [0] }),
  "{job}-slow-{severity}": (limit) => ({ bad: [limit + 1], good: [limit] }),
  "daily-spend": (limit) => ({ bad: [limit + 0.01], good: [limit] }),
  "{workgroup}-query-near-cutoff": (limit) => ({ bad: [limit + 1], good: [limit] }),
};

/** What the placeholders in those names stand for. */
const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  dataset: DATASETS,
  "dated dataset": DATASETS.filter((dataset) => contracts[dataset]["x-event-time"] !== null),
  severity: ["warning", "page"],
  function: FUNCTION_NAMES,
  job: JOB_NAMES.map((job) => job.replaceAll("_", "-")),
  "dead letters": QUEUE_NAMES.filter((queue) => queue !== "uploads"),
  workgroup: ["workgroup", "analysts-workgroup"],
};

const expand = (pattern: string): string[] => {
  const [, before, placeholder, after] = /^(.*?)\{(.+?)\}(.*)$/.exec(pattern) ?? [];
  if (placeholder === undefined) return [pattern];
  return (PLACEHOLDERS[placeholder] ?? []).flatMap((value) => expand(`${before}${value}${after}`));
};

const storyOf = new Map(
  Object.entries(STORIES).flatMap(([pattern, story]) => expand(pattern).map((name) => [name, story] as const)),
);

describe.each(ENVIRONMENT_NAMES)("%s", (env) => {
  const stack = synthesizeEnvironment(env);
  const alarms = stack.every("aws_cloudwatch_metric_alarm");
  const composites = stack.every("aws_cloudwatch_composite_alarm");

  test("has exactly the alarms of the table, but for functions that it does not have", () => {
    const names = alarms.map((alarm) => shortName(alarm, env));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !storyOf.has(name))).toEqual([]);
    const missing = [...storyOf.keys()].filter((name) => !names.includes(name));
    expect(missing.filter((name) => !name.startsWith("rotate-pii-key-"))).toEqual([]);
  });

  test.each(alarms.map((alarm) => [shortName(alarm, env), alarm] as const))(
    "%s fires, and is over",
    (name, resource) => {
      const alarm = new SimulatedAlarm(resource);
      const { bad, good } = storyOf.get(name)?.(alarm.threshold) ?? { bad: [], good: [] };
      const tell = (values: readonly number[], from: number, count: number): Datum[] =>
        Array.from({ length: count }, (_, index) =>
          alarm.metrics.flatMap((metric, at) => {
            const value = values[at];
            return value === undefined ? [] : [{ metric, time: (from + index) * alarm.period, value }];
          }),
        ).flat();
      const { periods } = alarm;
      const stateAfter = (data: readonly Datum[], count: number): AlarmState | undefined =>
        alarm.run(data, count).at(-1);

      const wellFirst = tell(good, 0, periods);
      expect(stateAfter(wellFirst, periods)).toBe("OK");
      if (name === "run-late" && !environments[env].batch.schedule.enabled) {
        expect(stateAfter(wellFirst, periods * 3)).toBe("OK"); // nothing is due
        return;
      }
      // One bad period less than it takes is no alarm.
      const almost = [...wellFirst, ...tell(bad, periods, periods - 1)];
      if (periods > 1) expect(stateAfter(almost, 2 * periods - 1)).toBe("OK");
      const fired = [...wellFirst, ...tell(bad, periods, periods)];
      expect(stateAfter(fired, 2 * periods)).toBe("ALARM");
      expect(stateAfter([...fired, ...tell(good, 2 * periods, 1)], 2 * periods + 1)).toBe("OK");
      // Silence is decided: what has passed, what stands, what is missing.
      const silent = stateAfter(fired, 4 * periods);
      expect(silent).toBe(alarm.silence === "notBreaching" ? "OK" : "ALARM");
    },
  );

  test("of all that is on about the same, one speaks; a warning not while a page does; none when all is over", () => {
    const nameOf = new Map(alarms.map(({ address, alarm_name: name }) => [address, String(name)]));
    const compositeNames = new Map(composites.map(({ address, alarm_name: name }) => [address, String(name)]));
    /** The composites that are on while these alarms are. */
    const speaking = (on: ReadonlySet<string>): string[] => {
      const now = new Set(on);
      // Pages first: warnings look at them.
      const inOrder = composites.toSorted(
        (a, b) => String(a.alarm_rule).split(" NOT ").length - String(b.alarm_rule).split(" NOT ").length,
      );
      for (const { alarm_name: name, alarm_rule: rule } of inOrder) {
        const names = (text: string) =>
          [...text.matchAll(/ALARM\(\$\{jsonencode\(([\w.-]+)\.alarm_name\)\}\)/g)].map(
            ([, address = ""]) => nameOf.get(address) ?? compositeNames.get(address) ?? "unknown",
          );
        const [members = "", but = ""] = String(rule).split(" AND NOT ");
        expect([name, names(members).includes("unknown")]).toEqual([name, false]);
        if (names(members).some((one) => now.has(one)) && !names(but).some((one) => now.has(one)))
          now.add(String(name));
      }
      return [...now]
        .filter((name) => !on.has(name))
        .map((name) => shortName({ ...composites[0], alarm_name: name } as Resource, env))
        .toSorted();
    };
    const on = (...names: string[]) => speaking(new Set(names.map((name) => `commerce-lake-${name}-${env}`)));
    expect(on()).toEqual([]);
    for (const name of nameOf.values()) expect([name, speaking(new Set([name])).length]).toEqual([name, 1]);
    // A job fails, so its run fails, and it is late and slow: one page.
    expect(on("transaction-etl-failed", "run-failed", "run-late", "transaction-etl-slow-warning")).toEqual([
      "run-page",
    ]);
    expect(on("transaction-etl-slow-warning", "run-slow")).toEqual(["run-warning"]);
    expect(on("run-rejected", "reviews-quarantine-page", "reviews-quarantine-warning")).toEqual(["data-page"]);
    // What words the messages has a voice of its own.
    expect(on("tell-alarm-errors-page", "tell-alarm-errors-warning")).toEqual(["alarms-page"]);
    expect(on("run-failed", "unclosed-runs-messages", "daily-spend")).toEqual([
      "cost-warning",
      "delivery-page",
      "run-page",
    ]);
  });

  test("who tells of alarms is not waited for: CloudWatch calls it a few times within minutes, and no more", () => {
    const periods = (name: string) => alarms.find((alarm) => shortName(alarm, env) === name)?.evaluation_periods;
    expect([periods("tell-alarm-errors-page"), periods("summarize-run-errors-page")]).toEqual([1, 3]);
  });

  test("what an alarm tells people to type is typed as it stands", () => {
    for (const { address, alarm_description: description } of alarms) {
      const { command } = readAlarmText(String(description));
      expect([address, command.replaceAll(/All|QueryUrl|AccountLimit/g, "")]).toEqual([
        address,
        expect.not.stringMatching(/\b[A-Z]{2,}\b|"/),
      ]);
    }
  });

  test("every alarm says what it means, what to type next, and where the runbook goes on", () => {
    const headings = new Set([...runbook.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = ""]) => anchorOf(title)));
    for (const { address, alarm_description: description } of [...alarms, ...composites]) {
      const { says, command, runbook: link } = readAlarmText(String(description));
      const [file, anchor] = link.split("#");
      expect([address, says, command, file]).toEqual([
        address,
        expect.stringMatching(/\.$/),
        expect.stringMatching(/^(npm run|aws) /),
        environments[env].alerts.runbook,
      ]);
      expect([address, headings.has(anchor ?? "")]).toEqual([address, true]);
    }
    for (const section of RUNBOOK_SECTIONS) expect([section, headings.has(section)]).toEqual([section, true]);
  });

  test("every alarm speaks in exactly one way: through one that is about the same, and that calls somebody", () => {
    for (const { address } of alarms) {
      const voices = composites.filter(({ alarm_rule: rule }) =>
        String(rule).includes(`ALARM(\${jsonencode(${address}.alarm_name)})`),
      );
      expect([address, voices.length]).toEqual([address, 1]);
    }
    for (const { address, alarm_actions: actions } of composites) {
      expect([address, actions]).toEqual([
        address,
        [expect.stringMatching(/^\$\{aws_(lambda_function\.Monitoring_TellAlarm|sns_topic\.Monitoring_)[^}]*\.arn\}$/)],
      ]);
    }
  });
});

test("the runbook's table lists every alarm by the name that it has here", () => {
  const table = [...runbook.matchAll(/^\| `([^`]+)` .*\(#[a-z-]+\) +\|$/gm)].map(([, name]) => name);
  expect(table.sort()).toEqual(Object.keys(STORIES).sort());
});

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .trim()
    .replaceAll(" ", "-");
}
