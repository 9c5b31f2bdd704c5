import fc from "fast-check";
import { type Bill, monthlyCost, type Profile, profile, resourcesOf } from "../../../cli/cost";
import { DAYS_PER_MONTH } from "../../../cli/cost/bill";
import { scheduledRuns, stackOf } from "../../../cli/cost/stack";
import { throughput } from "../../../cli/cost/throughput";
import { JOB_NAMES } from "../../../modules/lib/naming";
import { synthesizeEnvironment } from "../../modules/support/synthesis";
import { job, MEASURED } from "./stacks";

// staging is prod, and local dev: the test of addresses says so.
const NAMES = ["dev", "prod"] as const;
const stacks = Object.fromEntries(
  NAMES.map((name) => [name, resourcesOf(synthesizeEnvironment(name).json, "after", name)] as const),
);
const bill = (name: string, changes: Partial<Profile> = {}): Bill =>
  monthlyCost(stacks[name] ?? [], profile(changes), MEASURED);

/** Nothing arrives, nothing runs, nobody asks. */
const NOTHING = { gbPerDay: 0, filesPerDay: 0, runsPerMonth: 0, queriesPerDay: 0 };

const anyEnvironment = fc.constantFrom(...NAMES);
const amount = (max: number) => fc.double({ min: 0, max, noNaN: true });

test.each(NAMES)("every resource of %s is known to the model", (name) => {
  expect(bill(name).unknown).toEqual({});
});

test.each([
  "gbPerDay",
  "filesPerDay",
  "arrivalMinutes",
  "runsPerMonth",
  "queriesPerDay",
  "gbPerQuery",
  "lakeDays",
] as const)("more never costs less: %s", (name) => {
  fc.assert(
    fc.property(anyEnvironment, fc.nat(20_000), fc.nat(20_000), (env, less, more) => {
      const at = (value: number) => bill(env, { [name]: value }).total;
      expect(at(less + more)).toBeGreaterThanOrEqual(at(less) - 1e-9);
    }),
    { numRuns: 60 },
  );
});

test.each(NAMES)("who does nothing in %s pays what is fixed, and nothing else", (name) => {
  const idle = bill(name, NOTHING);
  expect(idle.usage).toBe(0);
  expect(idle.total).toBeCloseTo(bill(name).fixed, 10);
});

test("what is free is never more than what is paid", () => {
  fc.assert(
    fc.property(anyEnvironment, amount(1000), (env, gbPerDay) => {
      const [full, less] = [bill(env, { gbPerDay }), bill(env, { gbPerDay, freeTier: true })];
      expect(less.total).toBeLessThanOrEqual(full.total);
      expect(less.total).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 30 },
  );
});

test("twice the workers end sooner, for the same price a DPU-hour", () => {
  const jobs = (workers: number) =>
    JOB_NAMES.map((name) => job(name.replaceAll("_", "-"), { number_of_workers: workers }));
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 50 }), amount(5000), (workers, gb) => {
      const [few, many] = [workers, 2 * workers].map((most) => throughput(jobs(most), gb + 1, profile(), MEASURED));
      if (few === undefined || many === undefined) throw new Error("two were asked for");
      expect(many.seconds).toBeLessThanOrEqual(few.seconds + 1e-9);
      expect(many.usd / many.dpuHours).toBeCloseTo(few.usd / few.dpuHours, 10);
      expect(few.usd / few.dpuHours).toBeCloseTo(0.44, 10);
    }),
  );
});

test("prod has what dev has not: a network, and a schedule", () => {
  const services = (name: string) => new Set(bill(name).lines.map(({ service }) => service));
  expect(services("prod").has("VPC")).toBe(true);
  expect(services("dev").has("VPC")).toBe(false);
  expect(scheduledRuns(stackOf(stacks.prod ?? []))).toBeCloseTo(DAYS_PER_MONTH, 10);
  expect(scheduledRuns(stackOf(stacks.dev ?? []))).toBe(0);
});
