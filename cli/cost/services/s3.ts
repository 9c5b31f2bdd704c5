import type { PriceName } from "../../../prices";
import { DAYS_PER_MONTH, type Factor, type Line, line, of } from "../bill";
import { type Attributes, blocksOf, numberOf, textOf } from "../resources";
import type { Stack } from "../stack";
import type { Usage } from "../usage";
import type { Service } from "./service";

const SERVICE = "S3";

interface StorageClass {
  readonly price: PriceName;
  /** Of moving an object there. */
  readonly transition?: PriceName;
}

/** The storage classes of lifecycle rules. Intelligent tiering is taken at the price of what is read. */
const CLASSES: Readonly<Record<string, StorageClass>> = {
  STANDARD: { price: "s3.standard" },
  INTELLIGENT_TIERING: { price: "s3.standard", transition: "s3.transitionToIa" },
  STANDARD_IA: { price: "s3.standardIa", transition: "s3.transitionToIa" },
  GLACIER_IR: { price: "s3.glacierInstant", transition: "s3.transitionToGlacierInstant" },
  GLACIER: { price: "s3.glacierFlexible", transition: "s3.transitionToGlacierFlexible" },
  DEEP_ARCHIVE: { price: "s3.deepArchive", transition: "s3.transitionToDeepArchive" },
};

/** Days of a zone's data in a storage class. */
export interface Stay {
  readonly storage: string;
  readonly days: number;
}

/**
 * How many days' worth of a zone's data lies in which storage class.
 *
 * @param rule the zone's lifecycle rule; without one, everything stays in S3 Standard
 * @param age days of the lake
 */
export function stays(rule: Attributes | undefined, age: number): Stay[] {
  const kept = Math.min(age, ...blocksOf(rule ?? {}, "expiration").map((one) => numberOf(one, "days", age)));
  const moves = blocksOf(rule ?? {}, "transition")
    .map((one) => ({ from: numberOf(one, "days", 0), storage: textOf(one, "storage_class") }))
    .sort((a, b) => a.from - b.from);
  return [{ from: 0, storage: "STANDARD" }, ...moves]
    .map(({ from, storage }, index, all) => {
      const until = Math.min(all[index + 1]?.from ?? kept, kept);
      return { storage, days: Math.max(0, until - from) };
    })
    .filter(({ days }) => days > 0);
}

/** The rule of a zone: the enabled one whose prefix is the zone's. */
function ruleOf(stack: Stack, zone: string): Attributes | undefined {
  return stack
    .ofType("aws_s3_bucket_lifecycle_configuration")
    .flatMap(({ values }) => blocksOf(values, "rule"))
    .find((rule) => rule.status === "Enabled" && blocksOf(rule, "filter").some(({ prefix }) => prefix === `${zone}/`));
}

/** GB that a day adds to a zone, as factors of a line. */
type Daily = readonly [Factor, ...Factor[]];

function zone(stack: Stack, usage: Usage, name: string, daily: Daily, objects: number): Line[] {
  const rule = ruleOf(stack, name);
  return stays(rule, usage.profile.lakeDays).flatMap(({ storage, days }) => {
    const { price, transition } = CLASSES[storage] ?? { price: "s3.standard" as const };
    const stored = line(
      { service: SERVICE, item: `Zone ${name}, ${storage}`, kind: "usage", price },
      ...daily,
      of(days, "days"),
    );
    if (transition === undefined) return [stored];
    const moved = line(
      { service: SERVICE, item: `Zone ${name}, moves to ${storage}`, kind: "usage", price: transition },
      of(objects * DAYS_PER_MONTH, "objects"),
    );
    return [stored, moved];
  });
}

/** What was deleted or written anew stays for a while, where the bucket is versioned. */
function noncurrent(stack: Stack, { profile, readings }: Usage, name: string, daily: Daily): Line[] {
  const days = blocksOf(ruleOf(stack, name) ?? {}, "noncurrent_version_expiration").map((one) =>
    numberOf(one, "noncurrent_days", 0),
  );
  return [
    line(
      { service: SERVICE, item: `Zone ${name}, noncurrent versions`, kind: "usage", price: "s3.standard" },
      ...daily,
      // Who takes a date in again writes its rows again.
      of(profile.rewritten + Math.max(0, readings - 1), "times written anew"),
      of(days[0] ?? profile.lakeDays, "days"),
    ),
  ];
}

/** The lake's objects: those of each zone by age, and the requests. */
export const s3: Service = {
  types: [
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_object",
  ],
  lines: (stack, usage) => {
    // Other buckets hold logs and state: cents.
    if (stack.count("aws_s3_bucket_notification") === 0 && ruleOf(stack, "raw") === undefined) return [];
    const { profile, measured, runs, puts, gets } = usage;
    const daily = of(profile.gbPerDay, "GB a day");
    // Nothing is processed that no run takes in.
    const run = runs === 0 ? 0 : 1;
    const table = (share: number): Daily => [daily, of(share * run, "of raw, as measured")];
    const objects = (profile.objectsPerRun * runs) / DAYS_PER_MONTH / 2;
    const processed = table(measured.processedShare);
    const curated = table(measured.curatedShare);
    return [
      ...zone(stack, usage, "raw", [daily], profile.filesPerDay),
      ...zone(stack, usage, "quarantine", [daily, of(profile.quarantined * run, "of raw, rejected")], 0),
      ...zone(stack, usage, "processed", processed, objects),
      ...noncurrent(stack, usage, "processed", processed),
      ...zone(stack, usage, "curated", curated, objects),
      ...noncurrent(stack, usage, "curated", curated),
      line({ service: SERVICE, item: "Requests that write", kind: "usage", price: "s3.put" }, of(puts, "requests")),
      line({ service: SERVICE, item: "Requests that read", kind: "usage", price: "s3.get" }, of(gets, "requests")),
    ];
  },
};
