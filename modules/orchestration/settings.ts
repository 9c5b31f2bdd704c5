import { ConfigurationError } from "../lib/errors";

/** Seconds after which a task of a run is given up. */
export interface Timeouts {
  /** A call that answers at once: DynamoDB, SNS, a listing, starting a crawler. */
  readonly call: number;
  /** Each invocation of `validate-file`; it reads a whole file. */
  readonly validateFile: number;
  readonly buildManifest: number;
  /** Each crawl. */
  readonly crawler: number;
  /** Each ETL job. */
  readonly job: number;
  readonly dataQuality: number;
  readonly merge: number;
  readonly refreshTables: number;
  readonly summarizeRun: number;
  /** The whole run. What it was doing is stopped without a word, so the tasks' own timeouts should strike first. */
  readonly run: number;
}

/** How patiently something transient is tried again. */
export interface Patience {
  readonly attempts: number;
  /** Seconds before the first retry; the wait doubles from there. */
  readonly interval: number;
  /** Seconds that no wait exceeds. */
  readonly longest: number;
}

/** The numbers of a run. */
export interface OrchestrationSettings {
  readonly timeouts: Timeouts;
  readonly retries: {
    /** Throttling and faults of an AWS service. */
    readonly service: Patience;
    /** Glue has no room for another run of the job, or for another job. */
    readonly capacity: Patience;
  };
  /** Seconds for which a run holds the lock of its date, should it never release it. Not less than `timeouts.run`. */
  readonly lease: number;
  /** Seconds that a run waits for another one to finish publishing, and between two tries. */
  readonly publishTurn: { readonly wait: number; readonly interval: number };
  /** Seconds between two looks at a crawler. */
  readonly crawlerPoll: number;
  /** Seconds between two tries to validate a file that another call is at, as it is while an upload is being validated. */
  readonly filePoll: number;
  /**
   * A run that uploads started goes on once no file has arrived for `quiet` seconds; it looks again after as many, `rounds` times at
   * most.
   */
  readonly arrivals: { readonly quiet: number; readonly rounds: number };
  /** Files that are validated as one batch. */
  readonly filesPerBatch: number;
  /**
   * Bytes above which a file is validated by an invocation of its own. A batch of files that are as large must be done well before
   * a function's end.
   */
  readonly largeFileBytes: number;
  readonly concurrency: {
    /** Invocations of `validate-file` at once, for each dataset. */
    readonly files: number;
    /** Crawlers that run at once. */
    readonly crawlers: number;
  };
}

/** What an environment may say otherwise: a number, or some of a group of them. */
export type SettingsOverrides = {
  readonly [K in keyof OrchestrationSettings]?: OrchestrationSettings[K] extends number
    ? OrchestrationSettings[K]
    : Partial<OrchestrationSettings[K]>;
};

/** What an environment gets unless it says otherwise. */
export const DEFAULTS = Object.freeze({
  timeouts: Object.freeze({
    call: 30,
    // Lambda ends a function after 15 minutes; the rest is for the invocation itself.
    validateFile: 930,
    buildManifest: 330,
    crawler: 1_800,
    job: 14_400,
    dataQuality: 930,
    merge: 14_400,
    refreshTables: 930,
    summarizeRun: 330,
    run: 43_200,
  }),
  retries: Object.freeze({
    service: Object.freeze({ attempts: 5, interval: 2, longest: 60 }),
    capacity: Object.freeze({ attempts: 10, interval: 30, longest: 300 }),
  }),
  lease: 43_500,
  publishTurn: Object.freeze({ wait: 7_200, interval: 30 }),
  crawlerPoll: 15,
  filePoll: 15,
  arrivals: Object.freeze({ quiet: 60, rounds: 30 }),
  filesPerBatch: 100,
  largeFileBytes: 16_777_216,
  concurrency: Object.freeze({ files: 50, crawlers: 4 }),
} satisfies OrchestrationSettings);

/**
 * Completes what an environment says with `DEFAULTS` and checks the whole.
 *
 * @throws ConfigurationError on a number that is no whole number above zero, a lease shorter than the run, or retries that
 *   Step Functions refuses.
 */
export function settingsFrom(overrides: SettingsOverrides = {}): OrchestrationSettings {
  const settings: OrchestrationSettings = {
    timeouts: { ...DEFAULTS.timeouts, ...overrides.timeouts },
    retries: { ...DEFAULTS.retries, ...overrides.retries },
    lease: overrides.lease ?? DEFAULTS.lease,
    publishTurn: { ...DEFAULTS.publishTurn, ...overrides.publishTurn },
    crawlerPoll: overrides.crawlerPoll ?? DEFAULTS.crawlerPoll,
    filePoll: overrides.filePoll ?? DEFAULTS.filePoll,
    arrivals: { ...DEFAULTS.arrivals, ...overrides.arrivals },
    filesPerBatch: overrides.filesPerBatch ?? DEFAULTS.filesPerBatch,
    largeFileBytes: overrides.largeFileBytes ?? DEFAULTS.largeFileBytes,
    concurrency: { ...DEFAULTS.concurrency, ...overrides.concurrency },
  };
  for (const [path, value] of numbersOf(settings)) {
    if (!Number.isInteger(value) || value < 1) {
      throw violation(path, "a whole number above zero", value);
    }
  }
  if (settings.lease < settings.timeouts.run) {
    throw violation(
      "lease",
      `not less than timeouts.run (${settings.timeouts.run}), or two runs could hold one date`,
      settings.lease,
    );
  }
  for (const [kind, { interval, longest }] of Object.entries(settings.retries)) {
    if (longest <= interval) {
      throw violation(`retries.${kind}.longest`, `above the interval (${interval})`, longest);
    }
  }
  return settings;
}

function* numbersOf(value: object, path = ""): Generator<[path: string, value: number]> {
  for (const [key, inner] of Object.entries(value)) {
    const place = path === "" ? key : `${path}.${key}`;
    if (typeof inner === "object" && inner !== null) yield* numbersOf(inner, place);
    else yield [place, inner];
  }
}

function violation(path: string, rule: string, received: unknown): ConfigurationError {
  return new ConfigurationError("orchestration settings", {
    rule: `${path} is ${rule}`,
    received,
    remedy: `set ${path} accordingly, or leave it to the default`,
  });
}
