import type { Environment } from "./types";

/**
 * The AWS on this laptop (`npm run local`): the same stack as everywhere, on the account and region that the local AWS
 * pretends to be.
 */
export const local: Environment = {
  name: "local",
  platform: "local",
  account: "123456789012",
  region: "us-east-1",
  // The local AWS forgets everything when it stops, and its state goes with it.
  state: { kind: "file", path: "terraform.tfstate" },
  ci: "none",
  team: "data-platform",
  costCenter: "none",
  // What lives as long as a terminal window needs no guard.
  protected: false,
  destroyData: true,
  encryption: { data: "s3", logs: true },
  network: {
    // Functions and jobs run on this machine, in no network, and Terraform waits half a minute for endpoints.
    enabled: false,
    cidr: "10.0.0.0/16",
    zones: 2,
    nat: "none",
  },
  audit: { enabled: true, retentionDays: 1 },
  access: { permissionBoundary: "own", analysts: [], engineers: [] },
  catalog: {
    encrypted: true,
    policy: true,
    readers: [],
    crawlers: "on-demand",
    lakeFormation: { enabled: false, administrators: [] },
  },
  piiKey: { rotateDays: "never" },
  logs: { retentionDays: 1 },
  // Nothing receives traces.
  tracing: { enabled: false },
  retention: {
    // The local AWS keeps the rules but nothing ages in it, and Terraform watches new rules for 55 seconds before it trusts them.
    enforced: false,
    rawDays: 365,
    quarantineDays: 90,
    runsDays: 365,
    queryResultsDays: 7,
    noncurrentDays: 30,
  },
  jobs: { workerType: "G.1X", maxWorkers: 2, timeoutMinutes: 60, maxConcurrentRuns: 3, executionClass: "STANDARD" },
  functions: { validatorMemoryMb: 512, concurrency: {}, signed: false },
  queries: { bytesScannedCutoff: 10_000_000_000 },
  // People start batches here.
  batch: {
    schedule: { expression: "cron(0 3 * * ? *)", enabled: false },
    filesAtOnce: 4,
    crawlerPollSeconds: 1,
    filePollSeconds: 1,
    onDatasetFailure: "stop",
  },
  // Somebody sits there and waits.
  uploads: { batchingWindowSeconds: 2, retrySeconds: 20, quietSeconds: 3 },
  // Nothing delivers.
  alerts: { subscriptions: { notifications: [], qualityAlerts: [], costAlerts: [] }, runbook: "docs/operations.md" },
  // Nothing costs anything.
  budget: { monthlyUsd: 1, anomalyUsd: 1 },
  alarms: {
    // A day, and as long as a run may take.
    lateAfterHours: 27,
    slowFactor: 2,
    dataAgeHours: { warning: 6, page: 24 },
    quarantinePercent: { warning: 5, page: 20 },
    rejectedFiles: 0,
    functionErrorPercent: { warning: 5, page: 10 },
    jobMinutes: { warning: 30, page: 60 },
    queryPercent: 80,
    dailySpendUsd: 1,
  },
};
