import { CloudwatchCompositeAlarm } from "@cdktf/provider-aws/lib/cloudwatch-composite-alarm";
import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Fn } from "cdktf";
import type { Construct } from "constructs";
import { writeAlarmText } from "../lib/alarm-text";
import { ConfigurationError } from "../lib/errors";
import {
  type Alarm,
  type Concern,
  isMath,
  MEASURE_DEFAULTS,
  type Metric,
  type Series,
  type Severity,
} from "../lib/measures";
import type { Names } from "../lib/naming";
import { pascal } from "../lib/words";

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_DESCRIPTION = 1_024;
/** Seconds that periods may last in all: a week of hours, a day of what is shorter. */
const LONGEST_WINDOW = { ofHours: 604_800, shorter: 86_400 };

/** What tells people of an alarm: a function or a topic. */
export interface AlarmAction {
  readonly arn: string;
}

export interface AlarmsProps {
  readonly names: Names;
  /** Where people read the runbook, without the section. */
  readonly runbook: string;
  readonly alarms: readonly Alarm[];
  /** Who tells of what is about something. */
  readonly actions: Readonly<Record<Concern, AlarmAction>>;
}

/**
 * Makes the alarms, and the ones above them that speak: of all alarms about the same, one message. While a page is on, its warnings are
 * silent.
 */
export function makeAlarms(scope: Construct, props: AlarmsProps): void {
  const { names, alarms, actions } = props;
  const made = alarms.map((alarm) => ({ ...alarm, name: metricAlarm(scope, alarm, props).alarmName }));
  for (const concern of new Set(alarms.map((alarm) => alarm.concern))) {
    const of = (severity: Severity) =>
      made.filter((alarm) => alarm.concern === concern && alarm.severity === severity).map(({ name }) => name);
    const compose = (severity: Severity, rule: string, more: { okActions?: string[] } = {}) =>
      new CloudwatchCompositeAlarm(scope, pascal(`${concern}-${severity}`), {
        alarmName: names.alarm(`${concern}-${severity}`),
        alarmDescription: writeAlarmText({
          says: `At least one alarm about ${WORDS[concern]} is on.`,
          command: `aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix commerce-lake-`,
          runbook: `${props.runbook}#alarms`,
        }),
        alarmRule: rule,
        alarmActions: [actions[concern].arn],
        ...more,
      });
    const [pages, warnings] = [of("page"), of("warning")];
    const page =
      pages.length === 0 ? undefined : compose("page", anyOf(pages), { okActions: [actions[concern].arn] }).alarmName;
    // That a warning is over, or has become a page, is nobody's news.
    if (warnings.length > 0) {
      compose("warning", page === undefined ? anyOf(warnings) : `(${anyOf(warnings)}) AND NOT ${isOn(page)}`);
    }
  }
}

const WORDS: Readonly<Record<Concern, string>> = {
  run: "runs",
  delivery: "functions and events",
  data: "the data",
  cost: "costs",
  alarms: "telling of alarms",
};

/** Terraform quotes the name: quotes within a text are lost where cdktf writes HCL. */
const isOn = (name: string) => `ALARM(${Fn.jsonencode(name)})`;
const anyOf = (names: readonly string[]) => names.map(isOn).join(" OR ");

function metricAlarm(scope: Construct, alarm: Alarm, { names, runbook }: AlarmsProps): CloudwatchMetricAlarm {
  const {
    of,
    says,
    command,
    section,
    series,
    comparison,
    threshold,
    periodSeconds,
    periods = MEASURE_DEFAULTS.periods,
    silence,
  } = alarm;
  const alarmDescription = writeAlarmText({ says, command, runbook: `${runbook}#${section}` });
  const check = (rule: string, received: number, most: number) => {
    if (received > most) {
      throw new ConfigurationError(scope, {
        rule: `${rule} of the alarm ${of} is at most ${most}`,
        received,
        remedy: "shorten it",
      });
    }
  };
  check("the description", alarmDescription.length, LONGEST_DESCRIPTION);
  check(
    "the window",
    periods * periodSeconds,
    periodSeconds >= 3_600 ? LONGEST_WINDOW.ofHours : LONGEST_WINDOW.shorter,
  );
  return new CloudwatchMetricAlarm(scope, pascal(of), {
    alarmName: names.alarm(of),
    alarmDescription,
    ...queryOf(series, periodSeconds),
    comparisonOperator: comparison === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
    threshold,
    evaluationPeriods: periods,
    datapointsToAlarm: periods,
    treatMissingData: silence,
  });
}

/** How CloudWatch is asked for a series. */
function queryOf(
  series: Series,
  period: number,
): Pick<
  CloudwatchMetricAlarmConfig,
  "metricQuery" | "metricName" | "namespace" | "dimensions" | "statistic" | "period"
> {
  if (!isMath(series)) return { ...metricOf(series), statistic: statisticOf(series), period };
  return {
    metricQuery: [
      { id: "result", expression: series.expression, label: series.label, returnData: true },
      ...Object.entries(series.metrics).map(([id, metric]) => ({
        id,
        metric: { ...metricOf(metric), stat: statisticOf(metric), period },
      })),
    ],
  };
}

const metricOf = ({ namespace, name, dimensions }: Metric) => ({ namespace, metricName: name, dimensions });

/** Percentiles have an argument of their own, and no alarm of ours asks for one. */
function statisticOf({ statistic, name }: Metric): string {
  if (statistic.startsWith("p"))
    throw new Error(`An alarm reads ${name} by ${statistic}: give it an extended statistic.`);
  return statistic;
}
