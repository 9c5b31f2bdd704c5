import type { Environment } from "./types";

/** A rehearsal of production on less data. */
export const staging: Environment = {
  name: "staging",
  platform: "aws",
  // Set this to your account, and state.bucket to your state bucket, before the first plan.
  account: "222222222222",
  region: "eu-central-1",
  state: { kind: "s3", bucket: "commerce-lake-terraform-state-222222222222", region: "eu-central-1" },
  team: "data-platform",
  costCenter: "analytics",
  protected: true,
  destroyData: false,
  encryption: { data: "s3", logs: true },
  network: {
    enabled: true,
    cidr: "10.0.0.0/16",
    zones: 2,
    nat: "none",
  },
  audit: { enabled: true, retentionDays: 90 },
  access: { permissionBoundary: "own", analysts: [], engineers: [] },
  catalog: {
    encrypted: true,
    policy: true,
    readers: [],
    crawlers: "on-demand",
    lakeFormation: { enabled: false, administrators: [] },
  },
  piiKey: { rotateDays: "never" },
  logs: { retentionDays: 30 },
  tracing: { enabled: true },
  retention: {
    enforced: true,
    rawDays: 180,
    quarantineDays: 60,
    runsDays: 180,
    queryResultsDays: 7,
    noncurrentDays: 14,
  },
  jobs: { workerType: "G.1X", maxWorkers: 6, timeoutMinutes: 120, maxConcurrentRuns: 3, executionClass: "STANDARD" },
  functions: { validatorMemoryMb: 1024, concurrency: {}, signed: false },
  queries: { bytesScannedCutoff: 500_000_000_000 },
  batch: {
    schedule: { expression: "cron(0 3 * * ? *)", enabled: true },
    filesAtOnce: 50,
    crawlerPollSeconds: 15,
    filePollSeconds: 15,
    onDatasetFailure: "continue",
  },
  uploads: { batchingWindowSeconds: 300, retrySeconds: 660, quietSeconds: 60 },
  alerts: { subscriptions: { notifications: [], qualityAlerts: [], costAlerts: [] } },
};
