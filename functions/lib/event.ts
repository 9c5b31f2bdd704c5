import { DATASETS, type Dataset, isDataset } from "../../contracts";
import { InvalidEvent } from "./errors";

/** What every function is told of the run that calls it. */
export interface RunContext {
  /** Name of the state machine's execution. */
  readonly run: string;
  /** Batch date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Start of the execution, ISO 8601 in UTC. */
  readonly processingTime: string;
}

/** Parts of an event, checked as they are taken. */
export class EventReader {
  private readonly fields: Readonly<Record<string, unknown>>;

  /** @throws InvalidEvent where the event is no JSON object. */
  constructor(event: unknown) {
    if (typeof event !== "object" || event === null || Array.isArray(event)) {
      throw new InvalidEvent(`The event is no JSON object but ${describe(event)}.`);
    }
    this.fields = { ...event };
  }

  run(): RunContext {
    const processingTime = this.text("processingTime");
    if (!/^\d{4}-\d\d-\d\dT/.test(processingTime) || Number.isNaN(Date.parse(processingTime))) {
      throw new InvalidEvent(`The event's "processingTime" is no ISO 8601 time: ${describe(processingTime)}.`);
    }
    return {
      run: this.matching("run", /^[\w-]{1,80}$/, "a name of at most 80 letters, digits, - and _"),
      date: this.matching("date", /^\d{4}-\d\d-\d\d$/, "a date such as 2025-01-15"),
      processingTime,
    };
  }

  /** A text that is not empty. */
  text(name: string): string {
    const value = this.fields[name];
    if (typeof value !== "string" || value === "") {
      throw new InvalidEvent(`The event's "${name}" is no text but ${describe(value)}.`);
    }
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.fields[name] === undefined || this.fields[name] === null ? undefined : this.text(name);
  }

  /** Any JSON value, undefined where there is none. */
  value(name: string): unknown {
    return this.fields[name] ?? undefined;
  }

  dataset(name: string): Dataset {
    const value = this.fields[name];
    if (!isDataset(value)) {
      throw new InvalidEvent(`The event's "${name}" is ${describe(value)}; the datasets are ${DATASETS.join(", ")}.`);
    }
    return value;
  }

  datasets(name: string): Dataset[] {
    const value = this.fields[name];
    if (!Array.isArray(value) || !value.every(isDataset)) {
      throw new InvalidEvent(
        `The event's "${name}" is ${describe(value)}; a list of ${DATASETS.join(", ")} is expected.`,
      );
    }
    return DATASETS.filter((dataset) => value.includes(dataset));
  }

  /** A list of objects. */
  list(name: string): EventReader[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw new InvalidEvent(`The event's "${name}" is no list but ${describe(value)}.`);
    return value.map((item) => new EventReader(item));
  }

  private matching(name: string, pattern: RegExp, what: string): string {
    const value = this.text(name);
    if (!pattern.test(value)) {
      throw new InvalidEvent(`The event's "${name}" is ${describe(value)}; ${what} is expected.`);
    }
    return value;
  }
}

function describe(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 100);
}
