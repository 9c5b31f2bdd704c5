import {
  type CostExplorerClient,
  type Expression,
  GetCostAndUsageCommand,
  GetCostForecastCommand,
  UpdateCostAllocationTagsStatusCommand,
} from "@aws-sdk/client-cost-explorer";

/** Days from the first on, without the last. */
export interface Period {
  /** `YYYY-MM-DD` */
  readonly from: string;
  readonly to: string;
}

/** What AWS bills by: costs before credits and discounts that others share. @see https://docs.aws.amazon.com/cost-management/latest/userguide/ce-advanced.html */
const METRIC = "UnblendedCost";

/** Asks Cost Explorer what things with a tag cost, in USD. Each question costs a cent. */
export class Spend {
  private readonly filter: Expression;

  constructor(
    private readonly client: Pick<CostExplorerClient, "send">,
    tag: { readonly key: string; readonly value: string },
  ) {
    this.filter = { Tags: { Key: tag.key, Values: [tag.value] } };
  }

  /** What a period cost, by service. */
  async byService({ from, to }: Period): Promise<ReadonlyMap<string, number>> {
    const { ResultsByTime = [] } = await this.client.send(
      new GetCostAndUsageCommand({
        TimePeriod: { Start: from, End: to },
        Granularity: "DAILY",
        Metrics: [METRIC],
        Filter: this.filter,
        GroupBy: [{ Type: "DIMENSION", Key: "SERVICE" }],
      }),
    );
    const found = new Map<string, number>();
    for (const { Keys = [], Metrics } of ResultsByTime.flatMap(({ Groups = [] }) => Groups)) {
      const service = Keys[0] ?? "unknown";
      found.set(service, (found.get(service) ?? 0) + Number(Metrics?.[METRIC]?.Amount ?? 0));
    }
    return found;
  }

  /** What a period that is to come will cost, as AWS expects; undefined where it has seen too little to say. */
  async forecast({ from, to }: Period): Promise<number | undefined> {
    try {
      const { Total } = await this.client.send(
        new GetCostForecastCommand({
          TimePeriod: { Start: from, End: to },
          Granularity: "MONTHLY",
          Metric: "UNBLENDED_COST",
          Filter: this.filter,
        }),
      );
      return Number(Total?.Amount ?? 0);
    } catch (error) {
      if (error instanceof Error && error.name === "DataUnavailableException") return undefined;
      throw error;
    }
  }

  /**
   * Has AWS bill by tags. It knows a tag only a day after something bore it first, so this is worth repeating.
   *
   * @returns of each tag that cannot be used yet, why.
   */
  async activateTags(keys: readonly string[]): Promise<readonly string[]> {
    const { Errors = [] } = await this.client.send(
      new UpdateCostAllocationTagsStatusCommand({
        CostAllocationTagsStatus: keys.map((key) => ({ TagKey: key, Status: "Active" })),
      }),
    );
    return Errors.map(({ TagKey, Message }) => `${TagKey}: ${Message}`);
  }
}
