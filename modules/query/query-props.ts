import type { Database } from "../catalog";
import type { Lake } from "../lake";
import type { FunctionSettings } from "../lib/lambda-function";
import type { LedgerTable } from "../lib/ledger-table";
import type { DatabaseZone, Names } from "../lib/naming";

export interface QueryProps {
  readonly names: Names;
  readonly lake: Lake;
  readonly databases: Readonly<Record<DatabaseZone, Database>>;
  /** Earlier runs, which the data quality checks compare with. */
  readonly runLedger: LedgerTable;
  /** What its functions share. */
  readonly functions?: FunctionSettings;
  /** Bytes after which a query is stopped, at least 10,000,000. @default 1_000_000_000_000 */
  readonly bytesScannedCutoff?: number;
  /** Whether the workgroup is destroyed with its queries' history; takes `permitDataDeletion` as well. @default false */
  readonly destroyData?: boolean;
}
