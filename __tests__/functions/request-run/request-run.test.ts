import { readFileSync } from "node:fs";
import { DATASETS } from "../../../contracts";
import dataset from "../../../contracts/events/dataset.json";
import { GENERATED_FILE, generateEventValidators } from "../../../functions/lib/event-validators/build";
import type { RunInput } from "../../../functions/lib/executions";
import { requestRun } from "../../../functions/request-run/request-run";
import { silent } from "../memory-objects";

/** Executions by name: one that was started before is started again only with the same input, as Step Functions has it. */
class FakeExecutions {
  readonly started = new Map<string, RunInput>();
  readonly over = new Set<string>();
  async start(name: string, input: RunInput): Promise<boolean> {
    if (this.over.has(name)) return false;
    this.started.set(name, input);
    return true;
  }
}

let executions: FakeExecutions;
let refused: [unknown, string][];
beforeEach(() => {
  executions = new FakeExecutions();
  refused = [];
});

const event = (detail: unknown, id = "6a7e8feb-b491-4cf7-a9f1-bf3703467718") => ({
  version: "0",
  id,
  "detail-type": "RunRequested",
  source: "shop",
  detail,
});
const request = (given: unknown) =>
  requestRun(given, { executions, logger: silent, refuse: async (...one) => void refused.push(one) });

test("the validator in use is the one that the schema makes, and the schema knows the datasets", () => {
  expect(readFileSync(GENERATED_FILE, "utf8")).toBe(generateEventValidators());
  expect(dataset.enum).toEqual(DATASETS);
});

test("a request starts the run of its date, for what it asks", async () => {
  const asked = { version: 1, date: "2025-01-15", datasets: ["reviews", "products"], promote: ["*"] };
  const { run = "", outcome } = await request(event(asked));
  expect(outcome).toBe("started");
  expect(run).toMatch(/^2025-01-15-event-[0-9a-f]{12}$/);
  expect([...executions.started]).toEqual([
    [run, { date: "2025-01-15", trigger: "event", datasets: ["reviews", "products"], promote: ["*"] }],
  ]);
});

test("an event that comes twice is one run, and so are two events of one request", async () => {
  const asked = { version: 1, date: "2025-01-15" };
  const first = await request(event(asked));
  expect(await request(event(asked))).toEqual(first);
  const another = await request(event(asked, "another"));
  expect(another.run).not.toBe(first.run);
  const named = await request(event({ ...asked, requestId: "another" }, "a"));
  expect(await request(event({ ...asked, requestId: "another" }, "b"))).toEqual(named);
  // Not even by the look of it the same as an event's own id.
  expect(named.run).not.toBe(another.run);
  expect((await request(event({ ...asked, date: "2025-01-16", requestId: "another" }))).run).not.toBe(named.run);
  expect(refused).toEqual([]);
});

test("one whose run is over starts nothing", async () => {
  const { run = "" } = await request(event({ version: 1, date: "2025-01-15" }));
  executions.over.add(run);
  expect(await request(event({ version: 1, date: "2025-01-15" }))).toEqual({ run, outcome: "over" });
});

test.each([
  ["no date", { version: 1 }, "it must have required property 'date'"],
  [
    "a day that is none",
    { version: 1, date: "2025-02-30" },
    "The date is 2025-02-30, which is no day of the calendar.",
  ],
  ["a date in another form", { version: 1, date: "15.1.2025" }, 'date must match format "date"'],
  ["another version", { version: 2, date: "2025-01-15" }, "version must be equal to constant (1)"],
  [
    "a dataset that is none",
    { version: 1, date: "2025-01-15", datasets: ["review"] },
    "datasets.0 must be equal to one of the allowed values (transactions, products, clickstream, reviews)",
  ],
  ["no dataset at all", { version: 1, date: "2025-01-15", datasets: [] }, "datasets must NOT have fewer than 1 items"],
  ["a dataset twice", { version: 1, date: "2025-01-15", datasets: ["reviews", "reviews"] }, "duplicate items"],
  ["a field misspelt", { version: 1, date: "2025-01-15", dataset: ["reviews"] }, "(dataset)"],
  ["no detail", undefined, "it must be object"],
  [
    "everything wrong",
    { version: 2, datasets: "all" },
    "version must be equal to constant (1); datasets must be array",
  ],
])("%s is refused with the reason, and starts nothing", async (_, detail, reason) => {
  const given = event(detail);
  expect(await request(given)).toEqual({ outcome: "refused" });
  expect(refused).toEqual([[given, expect.stringContaining(reason)]]);
  expect(executions.started.size).toBe(0);
});

test.each([
  ["another type", { ...event({ version: 1, date: "2025-01-15" }), "detail-type": "RunWanted" }, '"RunWanted"'],
  ["no event", "nonsense", "without one"],
  ["null", null, "without one"],
])("%s is refused", async (_, given, reason) => {
  await request(given);
  expect(refused).toEqual([[given, expect.stringContaining(reason)]]);
});

test("what a stranger wrote is made fit to print", async () => {
  await request(event({ version: 1, date: "2025-01-15", "x\u202e\n": 1 }));
  expect(refused[0]?.[1]).not.toMatch(/[\u202e\n]/);
});

test("a fault of Step Functions is no fault of the request: it is tried again", async () => {
  executions.start = () => Promise.reject(new Error("Rate exceeded"));
  await expect(request(event({ version: 1, date: "2025-01-15" }))).rejects.toThrow("Rate exceeded");
  expect(refused).toEqual([]);
});
