import type { Lake } from "../lake";
import type { FunctionSettings } from "../lib/lambda-function";
import type { Names } from "../lib/naming";

export interface IngestionProps {
  readonly names: Names;
  readonly lake: Lake;
  /** What its functions share. */
  readonly functions?: FunctionSettings;
  /** MB of the function that reads whole files. It streams: more memory buys CPU. @default 1769 */
  readonly validatorMemoryMb?: number;
  /** Whether the ledger refuses to be deleted. @default true */
  readonly protected?: boolean;
}
