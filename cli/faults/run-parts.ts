import { playHolderDies, playRace, playRedrive, playRedriveOfStopped } from "./plays";
import type { Expectation, Part } from "./scenario";
import { betweenPublishedTables, ofRun } from "./ways";

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
  ways: [
    {
      name: "throttled-once",
      what: "every function, job, crawler and call of the run is throttled once, in one run",
      faults: ({ run, date }) => [
        ...ONCE.map((target) => ({ target, fault: "throttle", containing: run }) as const),
        { target: "crawler:transactions", fault: "throttle" },
        { target: "glue:GetCrawler", fault: "throttle" },
        { target: "sns:Publish", fault: "throttle", containing: date },
        ...[`LOCK#${date}`, "LOCK#PUBLISH", `DATE#${date}`].map(
          (containing) => ({ target: "dynamodb:UpdateItem", fault: "throttle", containing }) as const,
        ),
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

const oneDataset: Part = {
  name: "one-dataset",
  title: "One dataset of two",
  ways: [
    {
      name: "job-fails-stop",
      what: "one ETL job fails while another runs, and all is to stop",
      faults: ofRun("glue:transaction-etl", "crash"),
      expect: { status: "FAILED", step: "EtlJobs", tables: "as before" },
    },
    {
      name: "job-fails-continue",
      what: "one ETL job fails while another runs, and the others are to go on",
      faults: ofRun("glue:transaction-etl", "crash"),
      expect: {
        status: "PARTIAL",
        tables: { transactions: "as before", products: "complete" },
        says: /^transactions failed at EtlJobs/m,
      },
    },
    {
      name: "job-is-killed-continue",
      what: "one ETL job is killed at its work (glue:UpdateTable), and the others are to go on",
      faults: ofRun("glue:product-enrichment", "kill", { at: "glue:UpdateTable" }),
      expect: {
        status: "PARTIAL",
        tables: { transactions: "complete", products: "as before" },
        says: /^products failed at EtlJobs/m,
      },
    },
    {
      name: "crawl-fails-continue",
      what: "one crawl fails, and the others are to go on",
      faults: () => [{ target: "crawler:products", fault: "crash" }],
      expect: {
        status: "PARTIAL",
        tables: { transactions: "complete", products: "as before" },
        says: /^products failed at RunCrawlers/m,
      },
    },
    {
      name: "all-fail-continue",
      what: "every ETL job fails, and there is none to go on with",
      faults: (stage) => [
        ...ofRun("glue:transaction-etl", "crash")(stage),
        ...ofRun("glue:product-enrichment", "crash")(stage),
      ],
      expect: { status: "FAILED", step: "EtlJobs", tables: "as before" },
    },
  ],
};

/** A run that was gone on with: what it had done before is not done again. (That its manifest is read again belongs to step 1.) */
const REDRIVEN: Expectation = { status: "SUCCEEDED", tables: "complete", without: ["RunCrawlers"] };

const redrive: Part = {
  name: "redrive",
  title: "Going on with a run",
  ways: [
    {
      name: "job-failed",
      what: "an ETL job crashes, and the run is redriven",
      faults: ofRun("glue:transaction-etl", "crash"),
      play: playRedrive,
      expect: REDRIVEN,
    },
    {
      name: "killed-publishing",
      what: "master_data_merge is killed between two tables that it publishes, and the run is redriven",
      faults: betweenPublishedTables,
      play: playRedrive,
      expect: REDRIVEN,
    },
    {
      name: "stopped",
      what: "the run is stopped while a job is at work, and redriven",
      play: playRedriveOfStopped,
      expect: REDRIVEN,
    },
  ],
};

const ledger: Part = {
  name: "ledger",
  title: "The run ledger",
  ways: [
    {
      name: "write-fails",
      what: "no write of the run's entry succeeds",
      faults: ({ date }) => [
        { target: "dynamodb:UpdateItem", fault: "crash", times: "always", containing: `DATE#${date}` },
      ],
      expect: {
        status: "FAILED",
        step: "AcquireLock",
        error: /DynamoDB\.InternalServerErrorException/,
        tables: "as before",
        recorded: false,
        retried: ["AcquireLock"],
      },
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
  ways: [
    {
      name: "holder-dies",
      what: "the holder is stopped at its work, and what frees locks after it is broken too",
      play: playHolderDies,
      expect: { status: "ABORTED", tables: "as before", told: false, recorded: false },
    },
    {
      name: "race",
      what: "two runs are started for the date at the same time",
      play: playRace,
      expect: { status: "SUCCEEDED", tables: "complete" },
    },
  ],
};

/** What can go wrong with all steps at once, in the order in which people read of it. */
export const EVERY_STEP: readonly Part[] = [everyStep];

/** What can go wrong with a run as a whole. */
export const RUN_PARTS: readonly Part[] = [oneDataset, redrive, ledger, lock];
