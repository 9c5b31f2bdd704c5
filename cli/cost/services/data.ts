import { price } from "../../../prices";
import { DAYS_PER_MONTH, type Line, line, of } from "../bill";
import { enabled } from "../stack";
import type { Service } from "./service";

const GB_PER_TB = 1000;
const KB_PER_GB = 1_000_000;
const BYTES_PER_GB = 1_000_000_000;
const LEAST_GB = (price("athena.scanned").minimumBytes ?? 0) / BYTES_PER_GB;

/** Queries: those of analysts, and those by which a run checks itself. */
export const athena: Service = {
  types: ["aws_athena_workgroup", "aws_athena_named_query"],
  lines: (stack, { profile, measured, runs, gbPerRun, queriesPerMonth }) => {
    if (stack.count("aws_athena_workgroup") === 0) return [];
    const ofRun = Math.max(profile.checksPerRun * LEAST_GB, gbPerRun * measured.processedShare);
    const scanned = (item: string, times: number, what: string, gb: number): Line =>
      line(
        { service: "Athena", item, kind: "usage", price: "athena.scanned" },
        of(times, what),
        of(gb / GB_PER_TB, `TB (${gb.toFixed(3)} GB, at least ${LEAST_GB} a query)`),
      );
    return [
      scanned("Queries of analysts", queriesPerMonth, "queries", Math.max(profile.gbPerQuery, LEAST_GB)),
      scanned("Checks of runs", runs, `runs of ${profile.checksPerRun} queries, one pass over what they wrote`, ofRun),
    ];
  },
};

/** The ledgers. */
export const dynamoDb: Service = {
  types: ["aws_dynamodb_table", "aws_dynamodb_resource_policy"],
  lines: (stack, { profile, runs, filesPerMonth }) => {
    const tables = stack.ofType("aws_dynamodb_table");
    if (tables.length === 0) return [];
    const recoverable = tables.some((table) => enabled(table, "point_in_time_recovery"));
    const kept = of(
      (filesPerMonth / DAYS_PER_MONTH) * profile.lakeDays * (profile.ledgerKbPerFile / KB_PER_GB),
      `GB (${profile.ledgerKbPerFile} KB a file)`,
    );
    const head = { service: "DynamoDB", kind: "usage" } as const;
    return [
      line(
        { ...head, item: "Writes", price: "dynamoDb.write" },
        of(filesPerMonth * profile.writesPerFile + runs * profile.ledgerCallsPerRun, "writes"),
      ),
      line(
        { ...head, item: "Reads", price: "dynamoDb.read" },
        of(filesPerMonth * profile.readsPerFile + runs * profile.ledgerCallsPerRun, "reads"),
      ),
      line({ ...head, item: "Ledgers, kept", price: "dynamoDb.stored" }, kept),
      line(
        { ...head, item: "Ledgers, recovery to any moment", price: "dynamoDb.recovery" },
        kept,
        of(recoverable ? 1 : 0, recoverable ? "switched on" : "switched off"),
      ),
    ];
  },
};
