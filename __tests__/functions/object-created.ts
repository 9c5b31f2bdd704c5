/** What of an event a test cares for. */
export interface Created {
  readonly bucket?: string;
  readonly key: string;
  readonly etag?: string;
  readonly size?: number;
  readonly version?: string;
  readonly time?: string;
}

/** The event that S3 puts on EventBridge for a new object. */
export function objectCreated({ bucket = "lake", key, etag = "e", size = 1, version, time }: Created) {
  return {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    source: "aws.s3",
    account: "123456789012",
    time: time ?? "2025-01-16T02:00:00Z",
    region: "us-east-1",
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: { key, size, etag, ...(version === undefined ? {} : { "version-id": version }), sequencer: "0061" },
      reason: "PutObject",
    },
  };
}
