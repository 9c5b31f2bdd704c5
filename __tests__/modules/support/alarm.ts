import { asList, asObject, type Resource } from "./synthesis";

/** What is known of an alarm: CloudWatch's three states. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** A value of a metric. */
export interface Datum {
  readonly metric: string;
  /** Seconds. */
  readonly time: number;
  readonly value: number;
}

interface Query {
  /** Name of the metric, `namespace/name`, and its dimensions. */
  readonly metric: string;
  readonly statistic: string;
}

/** An alarm of a synthesized stack, judged as CloudWatch judges it: by its own definition alone. */
export class SimulatedAlarm {
  readonly metrics: readonly string[];
  readonly period: number;
  readonly periods: number;
  readonly threshold: number;
  readonly comparison: string;
  readonly silence: string;
  private readonly datapoints: number;
  private readonly queries: ReadonlyMap<string, Query>;
  private readonly expression: string;

  constructor(alarm: Resource) {
    const queries = asList(alarm.metric_query ?? []).map(asObject);
    const parts = queries.filter(({ metric }) => metric !== undefined);
    const result = queries.find(({ return_data: returned }) => returned === true);
    if (queries.length === 0) {
      this.queries = new Map([["m", { metric: keyOf(alarm), statistic: String(alarm.statistic) }]]);
      this.expression = "m";
      this.period = Number(alarm.period);
    } else {
      this.queries = new Map(
        parts.map(({ id, metric }) => {
          const of = asObject(metric);
          return [String(id), { metric: keyOf(of), statistic: String(of.stat) }];
        }),
      );
      this.expression = String(result?.expression);
      this.period = Number(asObject(parts[0]?.metric ?? {}).period);
    }
    this.metrics = [...this.queries.values()].map(({ metric }) => metric);
    this.periods = Number(alarm.evaluation_periods);
    this.datapoints = Number(alarm.datapoints_to_alarm ?? alarm.evaluation_periods);
    this.threshold = Number(alarm.threshold);
    this.comparison = String(alarm.comparison_operator);
    this.silence = String(alarm.treat_missing_data);
  }

  /**
   * The state after each period.
   *
   * @param data what was reported, in any order.
   * @param periods for how many periods, from time 0.
   */
  run(data: readonly Datum[], periods: number): AlarmState[] {
    const values = Array.from({ length: periods }, (_, index) => this.valueOf(data, index));
    const states: AlarmState[] = [];
    for (let index = 0; index < periods; index++) {
      const window = Array.from({ length: this.periods }, (_, back) => values[index - back]);
      states.push(this.judge(window, states.at(-1) ?? "INSUFFICIENT_DATA"));
    }
    return states;
  }

  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
  private judge(window: readonly (number | undefined)[], before: AlarmState): AlarmState {
    const there = window.filter((value) => value !== undefined);
    const missing = window.length - there.length;
    const breaching = there.filter((value) => this.breaches(value)).length;
    if (this.silence === "breaching") return breaching + missing >= this.datapoints ? "ALARM" : "OK";
    if (this.silence === "notBreaching") return breaching >= this.datapoints ? "ALARM" : "OK";
    if (breaching >= this.datapoints) return "ALARM";
    if (this.silence === "ignore") return missing >= this.datapoints ? before : "OK";
    throw new Error(`silence is decided for each alarm, not left at ${this.silence}`);
  }

  private breaches(value: number): boolean {
    if (this.comparison === "GreaterThanThreshold") return value > this.threshold;
    if (this.comparison === "LessThanThreshold") return value < this.threshold;
    throw new Error(`no alarm of ours compares by ${this.comparison}`);
  }

  private valueOf(data: readonly Datum[], index: number): number | undefined {
    const names = new Map<string, number>();
    for (const [id, { metric, statistic }] of this.queries) {
      const values = data
        .filter((datum) => datum.metric === metric && Math.floor(datum.time / this.period) === index)
        .map(({ value }) => value);
      if (values.length === 0) return undefined;
      names.set(id, aggregate(values, statistic));
    }
    const value = new Arithmetic(this.expression, names).result();
    return Number.isFinite(value) ? value : undefined;
  }
}

/** How a metric is called here: name and dimensions. */
export function keyOf(metric: Readonly<Record<string, unknown>>): string {
  const dimensions = Object.entries(asObject(metric.dimensions ?? {})).sort(([a], [b]) => a.localeCompare(b));
  return `${String(metric.namespace)}/${String(metric.metric_name)} ${JSON.stringify(dimensions)}`;
}

function aggregate(values: readonly number[], statistic: string): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const known: Readonly<Record<string, number>> = {
    Sum: sum,
    Average: sum / values.length,
    Maximum: Math.max(...values),
    Minimum: Math.min(...values),
    SampleCount: values.length,
  };
  const value = known[statistic];
  if (value === undefined) throw new Error(`no alarm of ours reads by ${statistic}`);
  return value;
}

/** The metric math that alarms use: numbers, names, the four operations, parentheses. */
class Arithmetic {
  private readonly tokens: string[];
  private position = 0;

  constructor(
    expression: string,
    private readonly names: ReadonlyMap<string, number>,
  ) {
    this.tokens = expression.match(/[A-Za-z_]\w*|\d+(\.\d+)?|[-+*/()]/g) ?? [];
    if (this.tokens.join("") !== expression.replaceAll(" ", "")) throw new Error(`cannot read ${expression}`);
  }

  result(): number {
    const value = this.sum();
    if (this.position < this.tokens.length) throw new Error(`unexpected ${this.tokens[this.position]}`);
    return value;
  }

  private sum(): number {
    let value = this.product();
    while (this.next("+", "-")) value += (this.taken === "-" ? -1 : 1) * this.product();
    return value;
  }

  private product(): number {
    let value = this.factor();
    while (this.next("*", "/")) {
      const operator = this.taken;
      const other = this.factor();
      value = operator === "*" ? value * other : value / other;
    }
    return value;
  }

  private factor(): number {
    if (this.next("(")) {
      const value = this.sum();
      if (!this.next(")")) throw new Error("a parenthesis is open");
      return value;
    }
    const token = this.tokens[this.position++] ?? "";
    const value = this.names.get(token) ?? Number(token);
    if (Number.isNaN(value)) throw new Error(`${token} is neither a number nor a metric`);
    return value;
  }

  private taken = "";

  private next(...expected: readonly string[]): boolean {
    const token = this.tokens[this.position];
    if (token === undefined || !expected.includes(token)) return false;
    this.taken = token;
    this.position++;
    return true;
  }
}
