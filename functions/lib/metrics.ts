import {
  LAKE_METRICS,
  LAKE_NAMESPACE,
  type LakeMetricName,
  type MetricOf,
  type MetricScope,
} from "../../modules/lib/lake-metrics";

/** Figures by name, of one thing. */
export type Figures<Scope extends "environment" | MetricScope> = Readonly<Partial<Record<MetricOf<Scope>, number>>>;

/** Takes a finished line of the log. */
type Write = (line: string) => void;

/**
 * Emits figures as log lines in the embedded metric format: CloudWatch Logs makes metrics of them, so no call can fail or be paid for.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @example
 * const metrics = new Metrics("prod");
 * metrics.of("Dataset", "reviews", { RowsOut: 7 });
 * metrics.ofEnvironment({ RunsSucceeded: 1 });
 */
export class Metrics {
  /**
   * @param environment its name, a dimension of every figure.
   * @param now tells the time. @default the clock
   * @param write takes a finished line. @default standard output
   */
  constructor(
    private readonly environment: string,
    private readonly now: () => number = Date.now,
    private readonly write: Write = (line) => void process.stdout.write(line),
  ) {}

  /** Emits figures of the environment as a whole. */
  ofEnvironment(figures: Figures<"environment">): void {
    this.emit({}, figures);
  }

  /**
   * Emits figures of one of several things.
   *
   * @param scope what it is.
   * @param name which one.
   */
  of<Scope extends MetricScope>(scope: Scope, name: string, figures: Figures<Scope>): void {
    this.emit({ [scope]: name }, figures);
  }

  private emit(of: Readonly<Record<string, string>>, figures: Readonly<Partial<Record<LakeMetricName, number>>>): void {
    // The types above let in no other names.
    const names = Object.keys(figures) as LakeMetricName[];
    if (names.length === 0) return;
    const dimensions = { Environment: this.environment, ...of };
    const directive = {
      Namespace: LAKE_NAMESPACE,
      Dimensions: [Object.keys(dimensions)],
      Metrics: names.map((name) => ({ Name: name, Unit: LAKE_METRICS[name].unit })),
    };
    const line = { _aws: { Timestamp: this.now(), CloudWatchMetrics: [directive] }, ...dimensions, ...figures };
    this.write(`${JSON.stringify(line)}\n`);
  }
}
