/** Units of CloudWatch that the functions use. */
export type MetricUnit = "Count" | "Seconds" | "Percent" | "Bytes";

/** A figure of a function for CloudWatch. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: MetricUnit;
}

/** Where the project's own metrics are found in CloudWatch. */
export const NAMESPACE = "CommerceLake";

/**
 * Emits figures as a log line in the embedded metric format: CloudWatch Logs makes metrics of it, so no call can fail or be paid for.
 *
 * @param dimensions what the figures belong to, such as the environment and the dataset.
 * @param write takes the finished line. @default standard output
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @example
 * emitMetrics({ Environment: "prod", Dataset: "reviews" }, [{ name: "RowsOut", value: 7, unit: "Count" }], Date.now());
 */
export function emitMetrics(
  dimensions: Readonly<Record<string, string>>,
  metrics: readonly Metric[],
  now: number,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): void {
  const directive = {
    Namespace: NAMESPACE,
    Dimensions: [Object.keys(dimensions)],
    Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
  };
  const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  write(`${JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics: [directive] }, ...dimensions, ...values })}\n`);
}
