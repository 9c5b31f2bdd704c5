import type { FunctionName } from "../../../modules/lib/naming";
import { DAYS_PER_MONTH, line, of } from "../bill";
import { textOf } from "../resources";
import type { Service } from "./service";

const REPORTER: FunctionName = "report-spend";
/** What yesterday cost, what the month has cost, and what it will. */
const QUESTIONS_A_DAY = 3;

/** What it costs to know what it costs. Budgets without actions and the watch for anomalies are free. */
export const billing: Service = {
  types: [
    "aws_budgets_budget",
    "aws_ce_anomaly_monitor",
    "aws_ce_anomaly_subscription",
    "aws_ce_cost_allocation_tag",
    "aws_ce_cost_category",
  ],
  lines: (stack) => {
    const asks = stack
      .ofType("aws_lambda_function")
      .some(({ values }) => textOf(values, "function_name").includes(REPORTER));
    return [
      line(
        { service: "Cost Explorer", item: "Questions", kind: "fixed", price: "costExplorer.request" },
        of(asks ? QUESTIONS_A_DAY : 0, "questions a day"),
        of(DAYS_PER_MONTH, "days"),
      ),
    ];
  },
};
