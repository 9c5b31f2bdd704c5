import type { ZoneName, ZoneSettings } from "./zones";

/** What a lake is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** Days for which a deleted or overwritten object can be had back. */
  noncurrentDays: 30,
  /** Days after which the parts of an upload that was never completed are removed. */
  abortUploadDays: 7,
  /** Whether S3 logs who asked for what. */
  accessLogs: true,
  /** Days after which access logs are deleted. */
  accessLogDays: 90,
  /** Whether objects age at all: colder storage and expiry, by zone. */
  lifecycle: true,
  /** Whether the bucket is destroyed with all that is in it. */
  destroyData: false,
  zones: {
    raw: {
      prefix: "raw/",
      description: "Files as received",
      classification: "restricted",
      tables: false,
      transitions: [
        { days: 30, storage: "STANDARD_IA" },
        { days: 90, storage: "GLACIER_IR" },
      ],
      expireDays: 365,
    },
    quarantine: {
      prefix: "quarantine/",
      description: "Rejected records with their reasons",
      classification: "restricted",
      tables: false,
      transitions: [],
      expireDays: 90,
    },
    processed: {
      prefix: "processed/",
      description: "Cleaned, typed, deduplicated tables",
      classification: "restricted",
      tables: true,
      transitions: [{ days: 60, storage: "STANDARD_IA" }],
    },
    curated: {
      prefix: "curated/",
      description: "Joined, masked tables for analysts",
      classification: "confidential",
      tables: true,
      transitions: [{ days: 90, storage: "STANDARD_IA" }],
    },
    runs: {
      prefix: "runs/",
      description: "Manifests and reports of runs",
      classification: "internal",
      tables: false,
      transitions: [],
      expireDays: 365,
    },
    "athena-results": {
      prefix: "athena-results/",
      description: "Query results",
      classification: "confidential",
      tables: false,
      transitions: [],
      expireDays: 7,
    },
    "spark-logs": {
      prefix: "spark-logs/",
      description: "What the Spark UI shows of job runs",
      classification: "internal",
      tables: false,
      transitions: [],
      expireDays: 30,
    },
    artifacts: {
      prefix: "artifacts/",
      description: "Scripts and packages of the deployed stack",
      classification: "internal",
      tables: false,
      transitions: [],
    },
  } satisfies Record<ZoneName, ZoneSettings> as Readonly<Record<ZoneName, ZoneSettings>>,
});
