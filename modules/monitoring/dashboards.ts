import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import type { Construct } from "constructs";
import { jsonencode } from "../lib/expression";
import { type Chart, DASHBOARDS, isMath, MEASURE_DEFAULTS, type Series } from "../lib/measures";
import type { Names } from "../lib/naming";
import { pascal } from "../lib/words";

/** A dashboard has a grid of 24 columns. */
const WIDTH = 24;
const ACROSS = 3;
const HEIGHT = 6;

export interface DashboardsProps {
  readonly names: Names;
  readonly region: string;
  readonly charts: readonly Chart[];
  /** Where people read the runbook. */
  readonly runbook: string;
}

/**
 * Draws the dashboards from what the stack's constructs are watched by.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export function makeDashboards(scope: Construct, { names, region, charts, runbook }: DashboardsProps): void {
  for (const dashboard of DASHBOARDS) {
    const merged = mergeByTitle(charts.filter((chart) => chart.dashboard === dashboard));
    if (merged.length === 0) continue;
    new CloudwatchDashboard(scope, pascal(dashboard), {
      dashboardName: names.dashboard(dashboard),
      dashboardBody: jsonencode({
        widgets: [
          {
            type: "text",
            x: 0,
            y: 0,
            width: WIDTH,
            height: 1,
            properties: {
              markdown: `Commerce lake **${names.environment}**. What to do about what you see: ${runbook}`,
            },
          },
          ...merged.map((chart, index) => widget(chart, index, region)),
        ],
      }),
    });
  }
}

/** Charts of the same title are one: each construct gives its own lines. */
function mergeByTitle(charts: readonly Chart[]): Chart[] {
  const merged = new Map<string, Chart>();
  for (const chart of charts) {
    const known = merged.get(chart.title);
    merged.set(
      chart.title,
      known === undefined
        ? chart
        : {
            ...known,
            series: [...known.series, ...chart.series],
            lines: distinct([...linesOf(known), ...linesOf(chart)]),
          },
    );
  }
  return [...merged.values()];
}

const linesOf = ({ lines = [] }: Chart) => lines;

function distinct(lines: readonly { readonly label: string; readonly value: number }[]) {
  return lines.filter((line, index) => lines.findIndex((other) => other.label === line.label) === index);
}

function widget(
  { title, series, periodSeconds = MEASURE_DEFAULTS.periodSeconds, lines = [] }: Chart,
  index: number,
  region: string,
) {
  const width = WIDTH / ACROSS;
  return {
    type: "metric",
    x: (index % ACROSS) * width,
    y: 1 + Math.floor(index / ACROSS) * HEIGHT,
    width,
    height: HEIGHT,
    properties: {
      title,
      region,
      view: "timeSeries",
      stacked: false,
      period: periodSeconds,
      metrics: series.flatMap((one, at) => rows(one, `m${at}`)),
      yAxis: { left: { min: 0 } },
      ...(lines.length === 0 ? {} : { annotations: { horizontal: lines } }),
    },
  };
}

/** The rows of a chart's `metrics` that a series takes; names in an expression are made unique in the chart. */
function rows(series: Series, prefix: string): unknown[] {
  if (!isMath(series)) return [row(series, { label: series.label })];
  const idOf = (name: string) => `${prefix}_${name}`;
  const expression = Object.keys(series.metrics).reduce(
    (text, name) => text.replaceAll(new RegExp(`\\b${name}\\b`, "g"), idOf(name)),
    series.expression,
  );
  return [
    [{ expression, label: series.label, id: prefix }],
    ...Object.entries(series.metrics).map(([name, metric]) => row(metric, { label: metric.label, id: idOf(name) })),
  ];
}

function row({ namespace, name, dimensions, statistic }: Exclude<Series, { expression: string }>, options: object) {
  return [namespace, name, ...Object.entries(dimensions).flat(), { stat: statistic, ...options }];
}
