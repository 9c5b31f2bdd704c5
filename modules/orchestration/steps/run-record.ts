import type { JsonObject } from "../asl";
import { jsonata } from "../asl";
import type { RunContext } from "../run-context";

/**
 * Writes this run's record in the run ledger: what it is, and the given attributes, texts all; what is to be removed goes.
 *
 * Every attribute is named by a placeholder, because DynamoDB reserves `state`, `date`, `error` and more.
 */
export function ledgerUpdate(
  { parts }: RunContext,
  attributes: Readonly<Record<string, string>>,
  removed: readonly string[] = [],
): JsonObject {
  const always = {
    run: jsonata("$run"),
    execution: jsonata("$execution"),
    date: jsonata("$date"),
    trigger: jsonata("$trigger"),
    started_at: jsonata("$processingTime"),
  };
  const all = Object.entries({ ...always, ...attributes });
  return {
    TableName: parts.runLedger.tableName,
    Key: { pk: { S: jsonata("'DATE#' & $date") }, sk: { S: jsonata("'RUN#' & $run") } },
    UpdateExpression: [
      `SET ${all.map(([name]) => `#${name} = :${name}`).join(", ")}`,
      ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(", ")}`]),
    ].join(" "),
    ExpressionAttributeNames: Object.fromEntries(
      [...all.map(([name]) => name), ...removed].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: Object.fromEntries(all.map(([name, value]) => [`:${name}`, { S: value }])),
  };
}
