import type { Construct } from "constructs";
import { LedgerTable, type LedgerTableProps } from "../lib/ledger-table";

/** Name of the run ledger's index by state, which finds the runs that failed. */
export const RUNS_BY_STATE = "by-state";

/**
 * Every run and every lock, in one table: `DATE#{date}` / `RUN#{run}` and `LOCK#{date}` / `LOCK`. It stands outside
 * `Orchestration` because the functions that a run invokes write to it too.
 *
 * @see docs/architecture.md, "Ledgers"
 *
 * @example
 * const runLedger = new RunLedger(this, "RunLedger", { name: names.runLedger });
 * runLedger.grantReadWrite(summarizeRun);
 */
export class RunLedger extends LedgerTable {
  constructor(scope: Construct, id: string, props: Omit<LedgerTableProps, "indexes">) {
    super(scope, id, { ...props, indexes: [{ name: RUNS_BY_STATE, hashKey: "state", rangeKey: "started_at" }] });
  }
}
