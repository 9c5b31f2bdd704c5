import type { Environment } from "./types";

/** Where changes are tried: small, short-lived, started by hand. */
export const dev: Environment = {
  name: "dev",
  platform: "aws",
  // Set this to your account, and state.bucket to your state bucket, before the first plan.
  account: "111111111111",
  region: "eu-central-1",
  state: { kind: "s3", bucket: "commerce-lake-terraform-state-111111111111", region: "eu-central-1" },
  ci: "none",
  team: "data-platform",
  costCenter: "analytics",
  protected: false,
  destroyData: true,
  encryption: { data: "s3", logs: true },
  network: {
    // Its endpoints would cost more than all else that dev uses. Staging rehearses it.
    enabled: false,
    cidr: "10.0.0.0/16",
    zones: 2,
    nat: "none",
  },
  audit: { enabled: true, retentionDays: 30 },
  access: { permissionBoundary: "own", analysts: [], engineers: [] },
  catalog: {
    encrypted: true,
    policy: true,
    readers: [],
    crawlers: "on-demand",
    lakeFormation: { enabled: false, administrators: [] },
  },
  piiKey: { rotateDays: "never" },
  logs: { retentionDays: 14 },
  tracing: { enabled: true },
  retention: { enforced: true, rawDays: 90, quarantineDays: 30, runsDays: 90, queryResultsDays: 7, noncurrentDays: 7 },
  jobs: { workerType: "G.1X", maxWorkers: 4, timeoutMinutes: 60, maxConcurrentRuns: 3, executionClass: "STANDARD" },
  functions: { validatorMemoryMb: 1024, concurrency: {}, signed: false },
  queries: { bytesScannedCutoff: 100_000_000_000 },
  batch: {
    schedule: { expression: "cron(0 3 * * ? *)", enabled: false },
    filesAtOnce: 20,
    crawlerPollSeconds: 15,
    filePollSeconds: 15,
    onDatasetFailure: "stop",
  },
  uploads: { batchingWindowSeconds: 60, retrySeconds: 420, quietSeconds: 30 },
  alerts: { subscriptions: { notifications: [], qualityAlerts: [], costAlerts: [] }, runbook: "docs/operations.md" },
  budget: { monthlyUsd: 60, anomalyUsd: 10 },
  alarms: {
    // A day, and as long as a run may take.
    lateAfterHours: 28,
    slowFactor: 3,
    dataAgeHours: { warning: 12, page: 48 },
    quarantinePercent: { warning: 5, page: 20 },
    rejectedFiles: 5,
    functionErrorPercent: { warning: 10, page: 25 },
    jobMinutes: { warning: 30, page: 60 },
    queryPercent: 80,
    dailySpendUsd: 5,
  },
};
