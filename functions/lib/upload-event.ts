import { DATASETS, type Dataset, isDataset } from "../../contracts";
import { isDay } from "./day";
import { InvalidEvent } from "./errors";
import { printable } from "./printable";

/** An object that arrived in the raw zone, as the bucket's event tells it. */
export interface Upload {
  readonly bucket: string;
  /** As it is: EventBridge encodes nothing, unlike S3's own notifications. */
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  /** Of a bucket that keeps versions. */
  readonly version?: string;
  /** When it arrived, ISO 8601 in UTC. */
  readonly time: string;
}

/** Where an object of the raw zone belongs, or why it belongs nowhere. */
export type RawPlace =
  | { readonly kind: "file"; readonly dataset: Dataset; readonly date: string }
  | { readonly kind: "folder" }
  | { readonly kind: "misplaced"; readonly dataset: string; readonly date: string; readonly reason: string };

/** Whether an event is one of EventBridge, and not a call of the state machine. */
export function isUploadEvent(event: unknown): boolean {
  return typeof event === "object" && event !== null && "detail-type" in event;
}

/**
 * Reads the event that S3 puts on EventBridge for a new object.
 *
 * @throws InvalidEvent where it is none.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function uploadOf(event: unknown): Upload {
  const upload = {
    bucket: at(event, "detail", "bucket", "name"),
    key: at(event, "detail", "object", "key"),
    etag: at(event, "detail", "object", "etag"),
    size: at(event, "detail", "object", "size"),
    time: at(event, "time"),
  };
  const isUpload = at(event, "source") === "aws.s3" && at(event, "detail-type") === "Object Created";
  const { bucket, key, etag, size, time } = upload;
  const version = at(event, "detail", "object", "version-id");
  const isWhole = isText(bucket) && isText(key) && isText(etag) && typeof size === "number" && isText(time);
  if (!isUpload || !isWhole) {
    throw new InvalidEvent(
      `The event is no "Object Created" of S3 with bucket, key, etag, size and time but ${printable(JSON.stringify(event) ?? "nothing", 300)}.`,
    );
  }
  return { bucket, key, etag, size, time, ...(isText(version) ? { version } : {}) };
}

/**
 * Reads dataset and date off a key of the raw zone: `raw/{dataset}/date=YYYY-MM-DD/…`.
 *
 * @example
 * placeOf("raw/reviews/date=2025-01-15/a b.csv"); // { kind: "file", dataset: "reviews", date: "2025-01-15" }
 */
export function placeOf(key: string): RawPlace {
  if (key.endsWith("/")) return { kind: "folder" };
  const [, dataset = "", day = ""] = key.split("/", 3);
  const date = day.replace(/^date=/, "");
  const misplaced = (reason: string): RawPlace => ({ kind: "misplaced", dataset, date, reason });
  if (!isDataset(dataset)) {
    return misplaced(`There is no dataset "${printable(dataset)}"; the datasets are ${DATASETS.join(", ")}.`);
  }
  if (date === day || !isDay(date)) {
    return misplaced(
      `A file lies below raw/${dataset}/date=YYYY-MM-DD/, a day of the calendar; this one lies below "${printable(day)}".`,
    );
  }
  return { kind: "file", dataset, date };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, name) ? Reflect.get(inner, name) : undefined,
    value,
  );
}
