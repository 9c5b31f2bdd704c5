import { ENVIRONMENT_NAMES } from "../envs";
import { LAKE_METRICS, LAKE_NAMESPACE } from "../modules/lib/lake-metrics";
import { DASHBOARDS } from "../modules/lib/measures";
import {
  asList,
  asObject,
  decoded,
  type Resource,
  type Synthesis,
  synthesizeEnvironment,
} from "./modules/support/synthesis";

/** A row of a chart that shows a metric. */
interface ShownMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/**
 * What AWS reports of resources, by the dimension that names one: of which type it must be, and what else is said of it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
 */
const REPORTED: Readonly<
  Record<
    string,
    { dimension: string; type: string; attribute: string; metrics: RegExp; if?: (resource: Resource) => boolean }
  >
> = {
  "AWS/Lambda": {
    dimension: "FunctionName",
    type: "aws_lambda_function",
    attribute: "function_name",
    metrics: /^(Invocations|Errors|Throttles|Duration|ConcurrentExecutions)$/,
  },
  "AWS/SQS": {
    dimension: "QueueName",
    type: "aws_sqs_queue",
    attribute: "name",
    metrics: /^(ApproximateNumberOfMessagesVisible|ApproximateAgeOfOldestMessage)$/,
  },
  "AWS/States": {
    dimension: "StateMachineArn",
    type: "aws_sfn_state_machine",
    attribute: "arn",
    metrics: /^Execution(sStarted|sSucceeded|sFailed|sTimedOut|sAborted|Time)$/,
  },
  "AWS/Athena": {
    dimension: "WorkGroup",
    type: "aws_athena_workgroup",
    attribute: "name",
    metrics: /^(TotalExecutionTime|ProcessedBytes)$/,
    if: ({ configuration }) => JSON.stringify(configuration).includes('"publish_cloudwatch_metrics_enabled":true'),
  },
  Glue: {
    dimension: "JobName",
    type: "aws_glue_job",
    attribute: "name",
    metrics: /^glue\.(succeed|error)\.ALL$|^glue\.driver\.ExecutorAllocationManager\.executors\.numberAllExecutors$/,
    if: ({ default_arguments: given }) =>
      ["--enable-metrics", "--enable-observability-metrics"].every((name) => String(given).includes(name)),
  },
};

describe.each(ENVIRONMENT_NAMES)("%s", (env) => {
  const stack = synthesizeEnvironment(env);
  const dashboards = stack.every("aws_cloudwatch_dashboard");
  const charts = dashboards.flatMap((dashboard) => widgetsOf(dashboard).filter(({ type }) => type === "metric"));
  const shown = charts.flatMap((chart) => metricsOf(asObject(chart.properties)));

  test("has the three, and each is drawn within the grid, no widget upon another", () => {
    const names = DASHBOARDS.map((name) => `commerce-lake-${name}-${env}`);
    expect(dashboards.map(({ dashboard_name: name }) => name).sort()).toEqual(names.sort());
    for (const dashboard of dashboards) {
      const taken = new Set<string>();
      for (const { x, y, width, height } of widgetsOf(dashboard)) {
        expect(Number(x) + Number(width)).toBeLessThanOrEqual(24);
        for (let column = Number(x); column < Number(x) + Number(width); column++) {
          for (let row = Number(y); row < Number(y) + Number(height); row++) {
            expect([dashboard.dashboard_name, column, row, taken.has(`${column}/${row}`)]).toEqual([
              dashboard.dashboard_name,
              column,
              row,
              false,
            ]);
            taken.add(`${column}/${row}`);
          }
        }
      }
    }
  });

  test("no chart is empty, and none is drawn twice", () => {
    const titles = charts.map(({ properties }) => String(asObject(properties).title));
    expect(new Set(titles).size).toBe(titles.length);
    for (const { properties } of charts) {
      const { title, metrics, period } = asObject(properties);
      expect([title, asList(metrics).length > 0, Number(period) % 60]).toEqual([title, true, 0]);
    }
  });

  test("every metric on them is one that something in the stack reports", () => {
    expect(shown.length).toBeGreaterThan(100);
    expect(shown.filter((metric) => !isReported(stack, metric, env))).toEqual([]);
  });

  test("so is every metric of an alarm", () => {
    const watched = stack.every("aws_cloudwatch_metric_alarm").flatMap((alarm) => {
      const parts = asList(alarm.metric_query ?? []).flatMap((query) => asObject(query).metric ?? []);
      return (parts.length === 0 ? [alarm] : parts.map(asObject)).map(
        ({ namespace, metric_name: name, dimensions }): ShownMetric => ({
          namespace: String(namespace),
          name: String(name),
          dimensions: textsOf(dimensions),
        }),
      );
    });
    expect(watched.length).toBeGreaterThan(50);
    expect(watched.filter((metric) => !isReported(stack, metric, env))).toEqual([]);
  });

  test("whatever in the stack can be watched is shown", () => {
    for (const [namespace, { type, attribute, dimension }] of Object.entries(REPORTED)) {
      for (const { address } of stack.every(type)) {
        const reference = `\${${address}.${attribute}}`;
        const isShown = shown.some(
          (metric) => metric.namespace === namespace && metric.dimensions[dimension] === reference,
        );
        expect([address, isShown]).toEqual([address, true]);
      }
    }
  });

  test("every figure that functions emit is shown, of whatever it is of", () => {
    for (const [name, { of }] of Object.entries(LAKE_METRICS)) {
      const dimensions = shown.filter((metric) => metric.name === name).map((metric) => Object.keys(metric.dimensions));
      for (const scope of of) {
        const isShown = dimensions.some((keys) => (scope === "environment" ? keys.length === 1 : keys.includes(scope)));
        expect([name, scope, isShown]).toEqual([name, scope, name !== "DueRunsSucceeded"]); // an alarm's alone
      }
    }
  });
});

function widgetsOf(dashboard: Resource) {
  return asList(asObject(decoded(dashboard.dashboard_body)).widgets).map(asObject);
}

/** The metrics of a chart; expressions are of those. */
function metricsOf(properties: Readonly<Record<string, unknown>>): ShownMetric[] {
  return asList(properties.metrics).flatMap((row) => {
    const [namespace, name, ...rest] = asList(row);
    if (typeof namespace !== "string") return searched(asObject(namespace).expression);
    const pairs = rest.filter((part): part is string => typeof part === "string");
    const dimensions = Object.fromEntries(
      pairs.flatMap((key, index) => (index % 2 === 0 ? [[key, pairs[index + 1] ?? ""]] : [])),
    );
    return [{ namespace, name: String(name), dimensions }];
  });
}

/** What a search is for; of it, each dimension's values are found when the chart is drawn. */
function searched(expression: unknown): ShownMetric[] {
  const found = /^SEARCH\('\{(\w+),([\w,]+)\} MetricName="(\w+)" Environment="(\w+)"'/.exec(String(expression));
  if (found === null) return [];
  const [, namespace = "", keys = "", name = "", Environment = ""] = found;
  return [
    {
      namespace,
      name,
      dimensions: Object.fromEntries(keys.split(",").map((key) => [key, key === "Environment" ? Environment : "*"])),
    },
  ];
}

function isReported(stack: Synthesis, { namespace, name, dimensions }: ShownMetric, env: string): boolean {
  if (namespace === LAKE_NAMESPACE) {
    const metric = Object.entries(LAKE_METRICS).find(([known]) => known === name)?.[1];
    const { Environment, ...of } = dimensions;
    const [scope = "environment"] = Object.keys(of);
    return Environment === env && metric?.of.some((one) => one === scope) === true;
  }
  const reported = REPORTED[namespace];
  if (reported === undefined || !reported.metrics.test(name)) return false;
  const reference = dimensions[reported.dimension];
  return stack
    .all()
    .some(
      (resource) =>
        resource.type === reported.type &&
        reference === `\${${resource.address}.${reported.attribute}}` &&
        (reported.if?.(resource) ?? true),
    );
}

const textsOf = (dimensions: unknown) =>
  Object.fromEntries(Object.entries(asObject(dimensions ?? {})).map(([key, value]) => [key, String(value)]));
