import { setTimeout as sleep } from "node:timers/promises";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { CreateTopicCommand, DeleteTopicCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Dataset } from "../../contracts";
import type { RunStep } from "../../modules/orchestration/run-steps";
import { clientConfig } from "../lib/lake";
import type { Fault } from "./fault-plan";
import type { Lab, Observation } from "./lab";
import { uploadProduct } from "./tables";

/** What the published tables may hold afterwards. */
export type TablesVerdict = "as before" | "complete" | "each whole";

export interface Expectation {
  readonly status: Observation["status"];
  /** The step that the failure is recorded at. */
  readonly step?: RunStep;
  /** What the error is. */
  readonly error?: RegExp;
  readonly tables: TablesVerdict;
  /** Whether anybody can be told. @default true */
  readonly told?: boolean;
  /** Whether the run ledger can have an entry that is true. @default true */
  readonly recorded?: boolean;
  /** Steps that have to be tried again. */
  readonly retried?: readonly RunStep[];
}

/** What a scenario is played on. */
export interface Stage {
  readonly lab: Lab;
  readonly date: string;
  readonly run: string;
  readonly datasets: readonly Dataset[];
}

/** Something that goes wrong in a run. */
export interface Scenario {
  /** `part/way`: what goes wrong, and how. */
  readonly name: string;
  /** The step or part that it is about, for the page. */
  readonly title: string;
  /** What goes wrong, for the table. */
  readonly what: string;
  readonly faults?: (stage: Stage) => readonly Fault[];
  /** Whether the faults are there before the files are, so that they strike the validation of the upload too. @default false */
  readonly beforeUpload?: boolean;
  readonly expect: Expectation;
  /** Plays it, where it is more than one run under faults. @returns what is looked at, and what else has been seen to go wrong */
  readonly play?: (stage: Stage) => Promise<{ seen: Observation; problems: string[] }>;
}

/** Scenarios of one date, one after another, followed by a plain rerun: where a run stops early, many cost little. */
export interface Group {
  readonly name: string;
  /** Whether files arrive before each scenario; a run without any goes from step 1 to 7. */
  readonly files: boolean;
  readonly datasets: readonly Dataset[];
  readonly scenarios: readonly Scenario[];
}

/** What can go wrong with one part of a run. */
interface Part {
  readonly name: string;
  readonly title: string;
  /** Named by their way alone. */
  readonly scenarios: readonly Way[];
}

type Way = Omit<Scenario, "title">;
type Kind = Fault["fault"];

/** Seconds that something hangs that has a limit of its own, rather than the quarters of an hour that it may. */
const HANGS = { seconds: 3 } as const;

/** The five ways in which a function or a job goes wrong for good, each in a run of its own. */
function brokenFor(
  target: string,
  who: string,
  expect: (kind: Kind) => Expectation,
  at: string,
  only: readonly Kind[] = ["throttle", "crash", "timeout", "garbage", "kill"],
): Way[] {
  const what: Record<Kind, string> = {
    throttle: `${who} is throttled, always`,
    crash: `${who} crashes`,
    timeout: `${who} does not end in its time`,
    garbage: `${who} says that it is done, and has done nothing`,
    kill: `${who} is killed at its work (${at})`,
  };
  return only.map((kind) => ({
    name: NAMES[kind],
    what: what[kind],
    faults: ({ run }) => [
      {
        target,
        fault: kind,
        times: "always",
        containing: run,
        ...(kind === "timeout" ? HANGS : {}),
        ...(kind === "kill" ? { at } : {}),
      },
    ],
    expect: expect(kind),
  }));
}

const NAMES: Record<Kind, string> = {
  throttle: "throttled-always",
  crash: "crashes",
  timeout: "times-out",
  garbage: "returns-garbage",
  kill: "is-killed",
};

const failedAt =
  (step: RunStep, tables: TablesVerdict = "as before", errors: Partial<Record<Kind, RegExp>> = {}) =>
  (kind: Kind): Expectation => {
    const error = errors[kind];
    return { status: "FAILED", step, tables, ...(error === undefined ? {} : { error }) };
  };

const SALES = ["transactions"] as const;

const validateFiles: Part = {
  name: "validate-files",
  title: "1 Validate files",
  scenarios: [
    ...brokenFor(
      "lambda:validate-file",
      "validate-file",
      failedAt("ValidateFiles", "as before", { garbage: /ManifestIncomplete/ }),
      "dynamodb:BatchGetItem",
      ["throttle", "crash", "timeout"],
    ),
    {
      name: "returns-garbage",
      what: "validate-file says that it is done, and has done nothing, for the upload's event as well",
      // Without a run's name: the upload is validated when it arrives, and that must not hide it.
      faults: () => [{ target: "lambda:validate-file", fault: "garbage", times: "always" }],
      beforeUpload: true,
      // S3 tells the second in which a file came, and one that came in the second of the start may be late.
      play: async ({ lab, date, run, datasets }) => {
        await sleep(2_000);
        return { seen: await lab.observe(await lab.start(date, run, datasets)), problems: [] };
      },
      expect: { status: "FAILED", step: "ValidateFiles", error: /ManifestIncomplete/, tables: "as before" },
    },
    {
      name: "is-killed",
      what: "validate-file is killed as it begins, each time",
      faults: ({ run }) => [{ target: "lambda:validate-file", fault: "kill", times: "always", containing: run }],
      expect: { status: "FAILED", step: "ValidateFiles", tables: "as before" },
    },
    {
      name: "manifest-garbage",
      what: "build-manifest says that it is done, and has done nothing",
      faults: ({ run }) => [{ target: "lambda:build-manifest", fault: "garbage", containing: run }],
      expect: { status: "FAILED", step: "ValidateFiles", tables: "as before" },
    },
    {
      name: "manifest-killed",
      what: "build-manifest is killed as it writes the manifest",
      faults: ({ run }) => [{ target: "lambda:build-manifest", fault: "kill", containing: run, at: "s3:PutObject" }],
      expect: { status: "FAILED", step: "ValidateFiles", tables: "as before" },
    },
  ],
};

const crawler = (fault: Kind): (() => Fault[]) => {
  return () => [{ target: "crawler:transactions", fault, times: "always" }];
};

const runCrawlers: Part = {
  name: "run-crawlers",
  title: "2 Run crawlers",
  scenarios: [
    {
      name: "throttled-always",
      what: "starting the crawler is throttled, always",
      faults: crawler("throttle"),
      expect: { status: "FAILED", step: "RunCrawlers", error: /Throttling/, tables: "as before" },
    },
    {
      name: "crashes",
      what: "the crawl fails",
      faults: crawler("crash"),
      expect: { status: "FAILED", step: "RunCrawlers", error: /CrawlerFailed/, tables: "as before" },
    },
    {
      name: "never-ready",
      what: "the crawler never gets ready",
      faults: crawler("timeout"),
      expect: { status: "FAILED", step: "RunCrawlers", error: /CrawlerTimedOut/, tables: "as before" },
    },
    {
      name: "is-killed",
      what: "the crawl is cancelled",
      faults: crawler("kill"),
      expect: { status: "FAILED", step: "RunCrawlers", error: /CrawlerFailed/, tables: "as before" },
    },
    {
      name: "returns-garbage",
      what: "the crawl says that it is done, and has done nothing",
      // Jobs read what the manifest says: only who queries raw tables misses the date's partition, until the next crawl.
      faults: crawler("garbage"),
      expect: { status: "SUCCEEDED", tables: "complete" },
    },
    {
      name: "hangs",
      what: "the call that starts the crawler is not answered",
      faults: () => [{ target: "glue:StartCrawler", fault: "timeout" }],
      expect: { status: "FAILED", step: "RunCrawlers", error: /States\.Timeout/, tables: "as before" },
    },
  ],
};

const etlJobs: Part = {
  name: "etl-jobs",
  title: "3 ETL jobs",
  scenarios: brokenFor(
    "glue:transaction-etl",
    "transaction_etl",
    // A job that only says that it is done is found out by the checks: its report is missing.
    (kind) => failedAt(kind === "garbage" ? "DataQualityChecks" : "EtlJobs")(kind),
    "glue:UpdateTable",
  ),
};

const oneBranch: Part = {
  name: "one-branch",
  title: "3 ETL jobs",
  scenarios: [
    {
      name: "fails",
      what: "one ETL job fails while another runs, and all is to stop",
      faults: ({ run }) => [{ target: "glue:transaction-etl", fault: "crash", containing: run }],
      expect: { status: "FAILED", step: "EtlJobs", tables: "as before" },
    },
  ],
};

const dataQuality: Part = {
  name: "data-quality",
  title: "4 Data quality checks",
  scenarios: brokenFor(
    "lambda:data-quality",
    "data-quality",
    failedAt("DataQualityChecks", "as before", { garbage: /DataQualityFailed/ }),
    "athena:StartQueryExecution",
  ),
};

const merge: Part = {
  name: "merge",
  title: "5 Merge master data",
  scenarios: [
    ...brokenFor("glue:master-data-merge", "master_data_merge", failedAt("MergeMasterData"), "glue:UpdateTable", [
      "throttle",
      "crash",
      "timeout",
      "kill",
    ]),
    {
      name: "returns-garbage",
      what: "master_data_merge says that it is done, and has done nothing",
      faults: ({ run }) => [{ target: "glue:master-data-merge", fault: "garbage", containing: run }],
      expect: { status: "FAILED", step: "RefreshAthenaTables", tables: "as before" },
    },
    {
      name: "is-killed-publishing",
      what: "master_data_merge is killed between two tables that it publishes",
      // Branches of three curated tables come first, each made, emptied where it has rows, and filled; then the tables are moved to
      // them one by one, the processed one first. The second of these never comes.
      faults: ({ lab, run }) => [
        {
          target: "glue:master-data-merge",
          fault: "kill",
          containing: run,
          at: `glue:UpdateTable ${lab.hasPublished ? 11 : 8}`,
        },
      ],
      expect: { status: "FAILED", step: "MergeMasterData", tables: "each whole" },
    },
  ],
};

const refreshTables: Part = {
  name: "refresh-tables",
  title: "6 Refresh Athena tables",
  scenarios: brokenFor(
    "lambda:refresh-tables",
    "refresh-tables",
    failedAt("RefreshAthenaTables", "complete"),
    "athena:StartQueryExecution",
  ),
};

const publishing =
  (fault: Kind) =>
  ({ date }: Stage): Fault[] => [{ target: "sns:Publish", fault, times: "always", containing: date }];

const sendNotification: Part = {
  name: "notification",
  title: "7 Send notification",
  scenarios: [
    {
      name: "throttled-always",
      what: "publishing the message is throttled, always",
      faults: publishing("throttle"),
      expect: { status: "FAILED", step: "SendNotification", error: /SNS\.Throttled/, tables: "as before", told: false },
    },
    {
      name: "crashes",
      what: "SNS fails, always",
      faults: publishing("crash"),
      expect: { status: "FAILED", step: "SendNotification", error: /SNS\./, tables: "as before", told: false },
    },
    {
      name: "times-out",
      what: "SNS does not answer",
      faults: ({ date }) => [{ target: "sns:Publish", fault: "timeout", containing: date }],
      expect: { status: "FAILED", step: "SendNotification", error: /States\.Timeout/, tables: "as before" },
    },
    {
      name: "is-killed",
      what: "the connection to SNS breaks, once",
      faults: ({ date }) => [{ target: "sns:Publish", fault: "kill", containing: date }],
      expect: { status: "SUCCEEDED", tables: "as before", retried: ["SendNotification"] },
    },
    ...brokenFor(
      "lambda:summarize-run",
      "summarize-run",
      failedAt("SendNotification", "as before"),
      "s3:PutObject",
    ).map((scenario) => ({ ...scenario, name: `summary-${scenario.name}` })),
  ],
};

const topicGone: Part = {
  name: "topic-gone",
  title: "7 Send notification",
  scenarios: [
    {
      name: "deleted",
      what: "the notification topic is gone",
      expect: { status: "FAILED", step: "SendNotification", error: /SNS\.NotFound/, tables: "as before", told: false },
      play: async ({ lab, date, run, datasets }) => {
        const { environment, names, local } = lab.lake;
        const sns = new SNSClient(clientConfig(environment, local));
        const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
        const TopicArn = Topics.find((one) => one.TopicArn?.endsWith(`:${names.notificationsTopic}`))?.TopicArn;
        await sns.send(new DeleteTopicCommand({ TopicArn }));
        try {
          return { seen: await lab.observe(await lab.start(date, run, datasets)), problems: [] };
        } finally {
          await sns.send(new CreateTopicCommand({ Name: names.notificationsTopic }));
          await lab.reopenInbox();
        }
      },
    },
  ],
};

const ledger: Part = {
  name: "ledger",
  title: "The run ledger",
  scenarios: [
    {
      name: "write-fails",
      what: "no write of the run's entry succeeds",
      faults: ({ date }) => [
        { target: "dynamodb:UpdateItem", fault: "crash", times: "always", containing: `DATE#${date}` },
      ],
      expect: { status: "FAILED", step: "AcquireLock", tables: "as before", recorded: false },
    },
    {
      name: "throttled",
      what: "taking the lock is throttled, always",
      faults: ({ date }) => [
        { target: "dynamodb:UpdateItem", fault: "throttle", times: "always", containing: `LOCK#${date}` },
      ],
      expect: { status: "FAILED", step: "AcquireLock", error: /DynamoDB\.Throttling/, tables: "as before" },
    },
  ],
};

const lock: Part = {
  name: "lock",
  title: "The lock of the date",
  scenarios: [
    {
      name: "holder-dies",
      what: "the holder is stopped at its work, and what frees locks after it is broken too",
      expect: { status: "ABORTED", tables: "as before", told: false, recorded: false },
      play: async ({ lab, date, run, datasets }) => {
        const faults = [
          await lab.faults.ask({ target: "lambda:build-manifest", fault: "timeout", containing: run }),
          await lab.faults.ask({ target: "lambda:close-run", fault: "crash", times: "always", containing: run }),
        ];
        const execution = await lab.start(date, run, datasets);
        await lab.untilStruck(faults.slice(0, 1));
        await lab.lake.stepFunctions.send(new StopExecutionCommand({ executionArn: execution.arn }));
        await lab.untilStruck(faults.slice(1), 3);
        const seen = await lab.observe(execution);
        for (const fault of faults) await lab.faults.lift(fault);
        const problems = seen.holders.includes(run) ? [] : ["the lock was free already: the holder left none behind"];
        return { seen: { ...seen, holders: [] }, problems };
      },
    },
    {
      name: "race",
      what: "two runs are started for the date at the same time",
      expect: { status: "SUCCEEDED", tables: "complete" },
      play: async ({ lab, date, run, datasets }) => {
        const other = lab.newRun(date);
        const executions = await Promise.all([lab.start(date, run, datasets), lab.start(date, other, datasets)]);
        const ends = await Promise.all(executions.map((execution) => lab.follow(execution)));
        const winner = ends[0]?.status === "SUCCEEDED" ? 0 : 1;
        const loser = ends[1 - winner];
        const won = executions[winner];
        if (won === undefined) throw new Error("two executions have a winner");
        const told = loser?.failure?.cause.includes(won.run) === true;
        const problems = [
          ...(loser?.failure?.error === "RunInProgress"
            ? []
            : [`the other ended as ${loser?.status} ${loser?.failure?.error}`]),
          ...(told ? [] : ["the other was not told which run holds the date"]),
        ];
        return { seen: await lab.observe(won), problems };
      },
    },
  ],
};

/** Functions, jobs and calls of every step, each throttled once. */
const ONCE: readonly string[] = [
  "lambda:validate-file",
  "lambda:build-manifest",
  "glue:transaction-etl",
  "lambda:data-quality",
  "glue:master-data-merge",
  "lambda:refresh-tables",
  "lambda:summarize-run",
];

const everyStep: Part = {
  name: "every-step",
  title: "1–7 Every step",
  scenarios: [
    {
      name: "throttled-once",
      what: "every function, job, crawler and call of the run is throttled once, in one run",
      faults: ({ run, date }) => [
        ...ONCE.map((target) => ({ target, fault: "throttle", containing: run }) as const),
        { target: "crawler:transactions", fault: "throttle" },
        { target: "glue:GetCrawler", fault: "throttle" },
        { target: "sns:Publish", fault: "throttle", containing: date },
        { target: "dynamodb:UpdateItem", fault: "throttle", containing: `LOCK#${date}` },
        { target: "dynamodb:UpdateItem", fault: "throttle", containing: "LOCK#PUBLISH" },
        { target: "dynamodb:UpdateItem", fault: "throttle", containing: `DATE#${date}` },
      ],
      expect: {
        status: "SUCCEEDED",
        tables: "complete",
        retried: [
          "AcquireLock",
          "ValidateFiles",
          "RunCrawlers",
          "EtlJobs",
          "DataQualityChecks",
          "MergeMasterData",
          "RefreshAthenaTables",
          "SendNotification",
        ],
      },
    },
  ],
};

/** The parts, in the order in which people read of them. */
const PARTS: readonly Part[] = [
  everyStep,
  validateFiles,
  runCrawlers,
  etlJobs,
  oneBranch,
  dataQuality,
  merge,
  refreshTables,
  sendNotification,
  topicGone,
  ledger,
  lock,
];

/** Every scenario, in the order of the parts. */
export const SCENARIOS: readonly Scenario[] = PARTS.flatMap(({ name, title, scenarios }) =>
  scenarios.map((scenario) => ({ ...scenario, name: `${name}/${scenario.name}`, title })),
);

/** @returns the scenarios whose names begin so */
const of = (...beginnings: readonly string[]): Scenario[] =>
  SCENARIOS.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));

/** Scenarios in which Spark has something to do. Those of the steps before it, and jobs that only pretend, take seconds. */
const WHOLE = ["run-crawlers/returns-garbage", "lock/race", "every-step/"];

/** Everything, cheap first. What fails at the end fails alike with files and without, and without them it takes seconds. */
export const GROUPS: readonly Group[] = [
  { name: "no-files", files: false, datasets: SALES, scenarios: of("notification/", "topic-gone/", "ledger/") },
  {
    name: "until-jobs",
    files: true,
    datasets: SALES,
    scenarios: of("validate-files/", "run-crawlers/", "etl-jobs/", "lock/").filter(
      ({ name }) => !WHOLE.includes(name) && name !== "etl-jobs/is-killed",
    ),
  },
  { name: "whole", files: true, datasets: SALES, scenarios: of(...WHOLE) },
  {
    name: "until-published",
    files: true,
    datasets: SALES,
    scenarios: of("etl-jobs/is-killed", "data-quality/", "merge/"),
  },
  { name: "published", files: true, datasets: SALES, scenarios: of("refresh-tables/") },
  { name: "two-datasets", files: true, datasets: ["transactions", "products"], scenarios: of("one-branch/") },
];

/** Where a group needs more than sales in the raw zone. */
export async function uploadMore({ lab, date, datasets }: Stage): Promise<void> {
  if (datasets.includes("products")) await uploadProduct(lab.lake, date);
}
