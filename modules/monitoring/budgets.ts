import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget";
import { CeAnomalyMonitor } from "@cdktf/provider-aws/lib/ce-anomaly-monitor";
import { CeAnomalySubscription } from "@cdktf/provider-aws/lib/ce-anomaly-subscription";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { ConfigurationError } from "../lib/errors";
import type { Names } from "../lib/naming";
import type { Topic } from "./topic";

/** Percent of the budget at which people hear of what has been spent, and of what AWS expects to be spent by the end of the month. */
const ACTUAL = [50, 80, 100] as const;
const FORECAST = [100] as const;

export interface BudgetsProps {
  readonly names: Names;
  /** Who hears. */
  readonly topic: Topic;
  /** USD that a month may cost. */
  readonly monthlyUsd: number;
  /** USD beyond the usual, at which something unusual is worth a message. */
  readonly anomalyUsd: number;
}

/**
 * The month's budget, and a watch for what is unusual: of what carries the environment's tag. Both are of AWS's billing, which looks a few times a day,
 * and need the cost tags to be active.
 *
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html
 */
export class Budgets extends Construct {
  /** @throws ConfigurationError on an amount that is not above zero. */
  constructor(scope: Construct, id: string, { names, topic, monthlyUsd, anomalyUsd }: BudgetsProps) {
    super(scope, id);
    for (const [name, received] of Object.entries({ monthlyUsd, anomalyUsd })) {
      if (!(received > 0)) {
        throw new ConfigurationError(this, {
          rule: `${name} is an amount above zero`,
          received,
          remedy: "say what a month may cost, and what is worth a message",
        });
      }
    }
    const notification = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      comparisonOperator: "GREATER_THAN",
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      subscriberSnsTopicArns: [topic.arn],
    });
    new BudgetsBudget(this, "Month", {
      name: names.budget,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(monthlyUsd),
      limitUnit: "USD",
      costFilter: [{ name: "TagKeyValue", values: [`user:Environment$${names.environment}`] }],
      notification: [
        ...ACTUAL.map((percent) => notification("ACTUAL", percent)),
        ...FORECAST.map((percent) => notification("FORECASTED", percent)),
      ],
    });
    const monitor = new CeAnomalyMonitor(this, "Unusual", {
      name: names.costMonitor,
      monitorType: "CUSTOM",
      monitorSpecification: Fn.jsonencode({
        And: null,
        CostCategories: null,
        Dimensions: null,
        Not: null,
        Or: null,
        Tags: { Key: "Environment", MatchOptions: null, Values: [names.environment] },
      }),
    });
    new CeAnomalySubscription(this, "TellOfUnusual", {
      name: names.costMonitor,
      frequency: "IMMEDIATE",
      monitorArnList: [monitor.arn],
      subscriber: [{ type: "SNS", address: topic.arn }],
      thresholdExpression: {
        dimension: {
          key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
          matchOptions: ["GREATER_THAN_OR_EQUAL"],
          values: [String(anomalyUsd)],
        },
      },
    });
  }
}
