type Fields = Readonly<Record<string, unknown>>;

/** Writes one JSON object a line, as CloudWatch Logs Insights reads it. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/**
 * Makes a logger whose lines all carry the same fields.
 *
 * @param fields such as the function's name and the run; never personal data.
 * @param write takes a finished line. @default standard output
 * @example
 * createLogger({ function: "validate-file", run: event.run }).info("accepted", { key, rows: 10 });
 */
export function createLogger(fields: Fields, write = (line: string) => void process.stdout.write(line)): Logger {
  const log = (level: string) => (message: string, more?: Fields) =>
    write(`${JSON.stringify({ level, message, ...fields, ...more, timestamp: new Date().toISOString() })}\n`);
  return { info: log("info"), warn: log("warn"), error: log("error") };
}
