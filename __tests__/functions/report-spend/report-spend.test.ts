import {
  GetCostAndUsageCommand,
  GetCostForecastCommand,
  UpdateCostAllocationTagsStatusCommand,
} from "@aws-sdk/client-cost-explorer";
import { reportSpend } from "../../../functions/report-spend/report-spend";
import { Spend } from "../../../functions/report-spend/spend";
import { rememberedMetrics, silent } from "../memory-objects";

/** A day's bill, as Cost Explorer writes it. */
const bill = (costs: Readonly<Record<string, string>>) => ({
  TimePeriod: { Start: "d", End: "d" },
  Groups: Object.entries(costs).map(([service, Amount]) => ({
    Keys: [service],
    Metrics: { UnblendedCost: { Amount, Unit: "USD" } },
  })),
});

/** Cost Explorer with answers by the first day that is asked about. */
class FakeExplorer {
  readonly asked: object[] = [];
  activation: () => object = () => ({ Errors: [] });
  forecast: () => object = () => ({ Total: { Amount: "70.5", Unit: "USD" } });
  bills: Readonly<Record<string, readonly object[]>> = {
    "2025-01-14": [bill({ "AWS Glue": "4.40", "Amazon Athena": "0.10" })],
    "2025-01-01": [bill({ "AWS Glue": "40" }), bill({ "AWS Glue": "4.40", "Amazon Athena": "0.10" })],
  };

  async send(command: unknown): Promise<object> {
    if (command instanceof UpdateCostAllocationTagsStatusCommand) return this.activation();
    if (command instanceof GetCostForecastCommand) {
      this.asked.push(command.input);
      return this.forecast();
    }
    if (!(command instanceof GetCostAndUsageCommand)) throw new Error("not known");
    this.asked.push(command.input);
    return { ResultsByTime: this.bills[command.input.TimePeriod?.Start ?? ""] ?? [] };
  }
}

async function report(explorer = new FakeExplorer(), now = "2025-01-15T09:03:00Z") {
  const { metrics, emitted } = rememberedMetrics("prod");
  const warnings: unknown[] = [];
  const told: unknown[] = [];
  // The client has many overloads; this one answers three commands.
  const client = explorer as unknown as ConstructorParameters<typeof Spend>[0];
  await reportSpend({
    spend: new Spend(client, { key: "Environment", value: "prod" }),
    metrics,
    now: () => Date.parse(now),
    logger: {
      ...silent,
      info: (_, fields) => void told.push(fields),
      warn: (message, fields) => void warnings.push([message, fields]),
    },
  });
  return { emitted, warnings, told, asked: explorer.asked };
}

test("yesterday by service and in all, the month so far, and the month at its end", async () => {
  const { emitted, asked } = await report();
  expect(emitted).toEqual([
    { Environment: "prod", Service: "AWS Glue", ServiceSpend: 4.4 },
    { Environment: "prod", Service: "Amazon Athena", ServiceSpend: 0.1 },
    { Environment: "prod", DaySpend: 4.5, MonthSpend: 44.5, MonthForecast: 115 },
  ]);
  const ofEnvironment = { Filter: { Tags: { Key: "Environment", Values: ["prod"] } } };
  expect(asked).toEqual([
    expect.objectContaining({ ...ofEnvironment, TimePeriod: { Start: "2025-01-14", End: "2025-01-15" } }),
    expect.objectContaining({ ...ofEnvironment, TimePeriod: { Start: "2025-01-01", End: "2025-01-15" } }),
    expect.objectContaining({ ...ofEnvironment, TimePeriod: { Start: "2025-01-15", End: "2025-02-01" } }),
  ]);
});

test("the log says what took how much, the dearest first", async () => {
  const explorer = new FakeExplorer();
  explorer.bills = { "2025-01-14": [bill({ "Amazon Athena": "0.10", "AWS Glue": "4.40" })] };
  const { told } = await report(explorer);
  expect(told).toEqual([expect.objectContaining({ day: "2025-01-14", total: 4.5 })]);
  expect(JSON.stringify(told)).toContain('"byService":{"AWS Glue":4.4,"Amazon Athena":0.1}');
});

test("on the first of a month nothing has been spent, and nobody is asked about no days", async () => {
  const explorer = new FakeExplorer();
  explorer.bills = { "2024-12-31": [bill({ "AWS Glue": "2" })] };
  const { emitted, asked } = await report(explorer, "2025-01-01T09:00:00Z");
  expect(emitted.at(-1)).toEqual({ Environment: "prod", DaySpend: 2, MonthSpend: 0, MonthForecast: 70.5 });
  expect(asked).toHaveLength(2);
});

test("on the last of a year the forecast is of one day", async () => {
  const { asked } = await report(new FakeExplorer(), "2025-12-31T09:00:00Z");
  expect(asked.at(-1)).toMatchObject({ TimePeriod: { Start: "2025-12-31", End: "2026-01-01" } });
});

test("without a forecast, which AWS has not for a new account, the rest is said", async () => {
  const explorer = new FakeExplorer();
  explorer.forecast = () => {
    throw Object.assign(new Error("too little"), { name: "DataUnavailableException" });
  };
  const { emitted } = await report(explorer);
  expect(emitted.at(-1)).toEqual({ Environment: "prod", DaySpend: 4.5, MonthSpend: 44.5 });
});

test("any other failure is one", async () => {
  const explorer = new FakeExplorer();
  explorer.forecast = () => {
    throw new Error("throttled");
  };
  await expect(report(explorer)).rejects.toThrow("throttled");
});

test.each<[string, () => object, string]>([
  [
    "known to AWS yet",
    () => ({ Errors: [{ TagKey: "Team", Code: "TagKeyNotFound", Message: "Tag keys not found" }] }),
    "tags that costs cannot be told by yet",
  ],
  [
    "for this account to activate",
    () => {
      throw new Error("AccessDenied");
    },
    "tags for costs cannot be activated from this account",
  ],
])("tags that are not %s are a warning, and no reason to say nothing", async (_, activation, warning) => {
  const explorer = new FakeExplorer();
  explorer.activation = activation;
  const { emitted, warnings } = await report(explorer);
  expect(warnings).toEqual([[warning, expect.anything()]]);
  expect(emitted).toHaveLength(3);
});
