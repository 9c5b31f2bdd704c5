import { ConfigurationError } from "../lib/errors";
import type { DataClassification } from "../lib/tags";

/** Storage classes that a zone's objects may move to; all of them can be read at once, so that any date can be replayed. */
export type ColderStorage = "STANDARD_IA" | "INTELLIGENT_TIERING" | "GLACIER_IR";

/** One part of the bucket and how long its objects live. */
export interface ZoneSettings {
  /** Prefix of its keys, ending in `/`. */
  readonly prefix: string;
  readonly description: string;
  readonly classification: DataClassification;
  /** Whether Iceberg tables live here. Their files are never expired by age: a live snapshot may need the oldest. */
  readonly tables: boolean;
  /** Moves to colder storage, by age in days; those that `expireDays` comes before are left out. */
  readonly transitions: readonly { readonly days: number; readonly storage: ColderStorage }[];
  /** Age in days at which objects are deleted. Absent: kept. */
  readonly expireDays?: number;
}

export const ZONE_NAMES = [
  "raw",
  "quarantine",
  "processed",
  "curated",
  "runs",
  "athena-results",
  "spark-logs",
  "artifacts",
] as const;
export type ZoneName = (typeof ZONE_NAMES)[number];

/** An S3 lifecycle moves nothing to Standard-IA before this age. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html */
const MIN_DAYS_TO_IA = 30;

/**
 * Checks a zone's lifecycle.
 *
 * @param where path of the construct, for the error.
 * @throws ConfigurationError on the first rule broken.
 */
export function checkZone(where: string, name: ZoneName, zone: ZoneSettings): void {
  const fail = (rule: string, received: unknown, remedy: string): never => {
    throw new ConfigurationError(where, { rule: `zone ${name}: ${rule}`, received, remedy });
  };
  if (!/^[a-z][a-z0-9-]*\/$/.test(zone.prefix)) {
    fail("a prefix is one lower-case folder name and a slash", zone.prefix, 'write it like "raw/"');
  }
  if (zone.tables && zone.expireDays !== undefined) {
    fail(
      "the files of Iceberg tables are not expired by age, for a live snapshot may still need them",
      zone.expireDays,
      "delete old rows and expire snapshots instead, and let noncurrentDays remove what they leave",
    );
  }
  if (zone.expireDays !== undefined && (!Number.isInteger(zone.expireDays) || zone.expireDays < 1)) {
    fail(
      "objects expire after a whole number of days, at least 1",
      zone.expireDays,
      "give a whole number, or leave it out",
    );
  }
  let previous = 0;
  for (const { days, storage } of zone.transitions) {
    if (!Number.isInteger(days) || days <= previous) {
      fail("transitions come one after another, after whole days", zone.transitions, "sort them by days");
    }
    if (storage === "STANDARD_IA" && days < MIN_DAYS_TO_IA) {
      fail(`S3 moves nothing to Standard-IA before ${MIN_DAYS_TO_IA} days`, days, `use ${MIN_DAYS_TO_IA} or more`);
    }
    previous = days;
  }
}
