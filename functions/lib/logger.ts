import type { Dataset } from "../../contracts";
import type { RunStep } from "../../modules/orchestration/run-steps";

type Fields = Readonly<Record<string, unknown>>;

/** What every line of a log carries; jobs write the same (`jobs/commerce_lake/log.py`). */
export interface LogContext {
  readonly function: string;
  readonly run?: string;
  /** Batch date. */
  readonly date?: string;
  readonly dataset?: Dataset;
  readonly step?: RunStep;
  /** ARN of the execution, where nothing more is known yet. */
  readonly execution?: string;
}

/** Writes one JSON object a line, as CloudWatch Logs Insights reads it. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/**
 * Makes a logger whose lines all carry the same fields: `time`, `level`, the context, `message`, and what a line says more.
 *
 * @param context who writes, and about what; never personal data.
 * @param write takes a finished line. @default standard output
 * @example
 * createLogger({ function: "validate-file", step: "ValidateFiles", run }).info("file accepted", { key, rows: 10 });
 */
export function createLogger(
  context: LogContext,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Logger {
  const log = (level: string) => (message: string, more?: Fields) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, ...context, message, ...more })}\n`);
  return { info: log("info"), warn: log("warn"), error: log("error") };
}
