import { playLater, playWithoutTopic } from "./plays";
import type { Expectation, Part, Way } from "./scenario";
import { betweenPublishedTables, brokenFor, failedAt, type Kind, ofDate, ofRun } from "./ways";

const AT_VALIDATION = failedAt("ValidateFiles");
const INCOMPLETE: Expectation = {
  status: "FAILED",
  step: "ValidateFiles",
  error: /ManifestIncomplete/,
  tables: "as before",
};

const validateFiles: Part = {
  name: "validate-files",
  title: "1 Validate files",
  ways: [
    ...brokenFor({
      target: "lambda:validate-file",
      who: "validate-file",
      at: "dynamodb:BatchGetItem",
      expect: AT_VALIDATION,
      kinds: ["throttle", "crash", "timeout"],
    }),
    {
      name: "returns-garbage",
      what: "validate-file says that it is done, and has done nothing, for the upload's event as well",
      // Without a run's name: the upload is validated when it arrives, and that must not hide it.
      faults: () => [{ target: "lambda:validate-file", fault: "garbage", times: "always" }],
      beforeUpload: true,
      play: playLater,
      expect: INCOMPLETE,
    },
    {
      name: "is-killed",
      what: "validate-file is killed as it begins, each time",
      faults: ofRun("lambda:validate-file", "kill", { times: "always" }),
      expect: AT_VALIDATION("kill"),
    },
    {
      name: "manifest-garbage",
      what: "build-manifest says that it is done, and has done nothing",
      faults: ofRun("lambda:build-manifest", "garbage"),
      expect: AT_VALIDATION("garbage"),
    },
    {
      name: "manifest-killed",
      what: "build-manifest is killed as it writes the manifest",
      faults: ofRun("lambda:build-manifest", "kill", { at: "s3:PutObject" }),
      expect: AT_VALIDATION("kill"),
    },
  ],
};

/** Crawls that end a run: how they are called, what goes wrong, and the run's error. */
const BROKEN_CRAWLS: readonly (readonly [name: string, what: string, fault: Kind, error: RegExp])[] = [
  ["throttled-always", "starting the crawler is throttled, always", "throttle", /Throttling/],
  ["crashes", "the crawl fails", "crash", /CrawlerFailed/],
  ["never-ready", "the crawler never gets ready", "timeout", /CrawlerTimedOut/],
  ["is-killed", "the crawl is cancelled", "kill", /CrawlerFailed/],
];

const runCrawlers: Part = {
  name: "run-crawlers",
  title: "2 Run crawlers",
  ways: [
    ...BROKEN_CRAWLS.map(
      ([name, what, fault, error]): Way => ({
        name,
        what,
        faults: () => [{ target: "crawler:transactions", fault, times: "always" }],
        expect: { status: "FAILED", step: "RunCrawlers", error, tables: "as before" },
      }),
    ),
    {
      name: "returns-garbage",
      what: "the crawl says that it is done, and has done nothing",
      // Jobs read what the manifest says: only who queries raw tables misses the date's partition, until the next crawl.
      faults: () => [{ target: "crawler:transactions", fault: "garbage", times: "always" }],
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
  ways: brokenFor({
    target: "glue:transaction-etl",
    who: "transaction_etl",
    at: "glue:UpdateTable",
    // A job that only says that it is done is found out by the checks: its report is missing.
    expect: failedAt("EtlJobs", "as before", { garbage: { step: "DataQualityChecks", alerted: true } }),
  }),
};

const dataQuality: Part = {
  name: "data-quality",
  title: "4 Data quality checks",
  ways: brokenFor({
    target: "lambda:data-quality",
    who: "data-quality",
    at: "athena:StartQueryExecution",
    expect: failedAt("DataQualityChecks", "as before", { garbage: { error: /DataQualityFailed/, alerted: true } }),
  }),
};

const merge: Part = {
  name: "merge",
  title: "5 Merge master data",
  ways: [
    ...brokenFor({
      target: "glue:master-data-merge",
      who: "master_data_merge",
      at: "glue:UpdateTable",
      // What was not published is noticed by who reads the tables next.
      expect: failedAt("MergeMasterData", "as before", { garbage: { step: "RefreshAthenaTables" } }),
    }),
    {
      name: "is-killed-publishing",
      what: "master_data_merge is killed between two tables that it publishes",
      faults: betweenPublishedTables,
      expect: { status: "FAILED", step: "MergeMasterData", tables: "each whole" },
    },
  ],
};

const refreshTables: Part = {
  name: "refresh-tables",
  title: "6 Refresh Athena tables",
  ways: brokenFor({
    target: "lambda:refresh-tables",
    who: "refresh-tables",
    at: "athena:StartQueryExecution",
    expect: failedAt("RefreshAthenaTables", "complete"),
  }),
};

const UNTOLD: Expectation = { status: "FAILED", step: "SendNotification", tables: "as before", told: false };

const sendNotification: Part = {
  name: "notification",
  title: "7 Send notification",
  ways: [
    {
      name: "throttled-always",
      what: "publishing the message is throttled, always",
      faults: ofDate("sns:Publish", "throttle", { times: "always" }),
      expect: { ...UNTOLD, error: /SNS\.Throttled/ },
    },
    {
      name: "crashes",
      what: "SNS fails, always",
      faults: ofDate("sns:Publish", "crash", { times: "always" }),
      expect: { ...UNTOLD, error: /SNS\.InternalError/ },
    },
    {
      name: "times-out",
      what: "SNS does not answer",
      faults: ofDate("sns:Publish", "timeout"),
      expect: { ...UNTOLD, error: /States\.Timeout/, told: true },
    },
    {
      name: "is-killed",
      what: "the connection to SNS breaks, once",
      faults: ofDate("sns:Publish", "kill"),
      expect: { status: "SUCCEEDED", tables: "as before", retried: ["SendNotification"] },
    },
    ...brokenFor({
      target: "lambda:summarize-run",
      who: "summarize-run",
      at: "s3:PutObject",
      expect: failedAt("SendNotification"),
    }).map((way) => ({ ...way, name: `summary-${way.name}` })),
  ],
};

const topicGone: Part = {
  name: "topic-gone",
  title: "7 Send notification",
  ways: [
    {
      name: "deleted",
      what: "the notification topic is gone",
      play: playWithoutTopic,
      expect: { ...UNTOLD, error: /SNS\.NotFound/ },
    },
  ],
};

/** What can go wrong with each of the seven steps, in their order. */
export const STEP_PARTS: readonly Part[] = [
  validateFiles,
  runCrawlers,
  etlJobs,
  dataQuality,
  merge,
  refreshTables,
  sendNotification,
  topicGone,
];
