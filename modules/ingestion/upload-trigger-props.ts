import type { Lake } from "../lake";
import type { FunctionSettings } from "../lib/lambda-function";
import type { LedgerTable } from "../lib/ledger-table";
import type { Names } from "../lib/naming";
import type { Ingestion } from "./ingestion";

export interface UploadTriggerProps {
  readonly names: Names;
  readonly lake: Lake;
  readonly ingestion: Pick<Ingestion, "validateFile" | "fileLedger">;
  readonly runLedger: LedgerTable;
  /** What runs the batch of a date. */
  readonly stateMachineArn: string;
  /** What its functions share. */
  readonly functions?: FunctionSettings;
  /** Seconds for which uploads are gathered before a run is started for them, 1–300. @default 300 */
  readonly batchingWindowSeconds?: number;
  /** Seconds after which a file that no run has read yet is looked at again, 20–43,200. @default 660 */
  readonly retrySeconds?: number;
}
