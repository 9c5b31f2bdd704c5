import { Readable } from "node:stream";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { objectLink } from "./object-link";

export const DEFAULTS = Object.freeze({
  /** Milliseconds without a byte after which a connection counts as broken: else a function waits for it until its own end. */
  idleMs: 60_000,
});

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  /** When it was written, epoch milliseconds by the clock of S3, in whole seconds. */
  readonly writtenAt: number;
}

/** An object that is being read. */
export interface OpenObject extends Omit<ListedObject, "writtenAt"> {
  readonly version?: string;
  readonly body: Readable;
}

/** The objects of a bucket, as the functions use them. */
export class LakeObjects {
  constructor(
    private readonly bucket: string,
    private readonly client: S3Client = createS3Client(),
  ) {}

  /** All objects under a prefix, page by page. */
  async *list(prefix: string): AsyncGenerator<ListedObject, void, undefined> {
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }),
      );
      for (const object of page.Contents ?? []) {
        yield {
          key: object.Key ?? "",
          etag: bareEtag(object.ETag),
          size: object.Size ?? 0,
          writtenAt: object.LastModified?.getTime() ?? 0,
        };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Starts to read an object; undefined where there is none. Destroy the body unless it is read to its end. */
  async open(key: string): Promise<OpenObject | undefined> {
    try {
      const object = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      if (!(object.Body instanceof Readable)) {
        throw new Error(`The body of ${key} is no stream: the S3 client is not the one of Node.`);
      }
      return {
        key,
        etag: bareEtag(object.ETag),
        size: object.ContentLength ?? 0,
        ...(object.VersionId === undefined ? {} : { version: object.VersionId }),
        body: object.Body,
      };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  /** The ETag of the object that is there now; undefined where there is none. */
  async etagOf(key: string): Promise<string | undefined> {
    try {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return bareEtag(head.ETag);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** Whether the object is there with this very content. */
  async has(key: string, etag: string): Promise<boolean> {
    return (await this.etagOf(key)) === etag;
  }

  /** The text of a small object; undefined where there is none. */
  async readText(key: string): Promise<string | undefined> {
    const object = await this.open(key);
    if (object === undefined) return undefined;
    const chunks: Buffer[] = await object.body.toArray();
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The value of a small JSON object; undefined where there is none. */
  async readJson(key: string): Promise<unknown> {
    const text = await this.readText(key);
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch (cause) {
      throw new Error(`${key} is not valid JSON.`, { cause });
    }
  }

  /** Where a person opens an object in a browser. */
  link(key: string): string {
    return objectLink(this.bucket, key, process.env);
  }

  async writeText(key: string, text: string, contentType: string): Promise<void> {
    await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, ContentType: contentType }),
    );
  }

  async writeJson(key: string, value: unknown): Promise<void> {
    await this.writeText(key, `${JSON.stringify(value, undefined, 1)}\n`, "application/json");
  }
}

/**
 * An S3 client for this function's environment; the SDK itself honours AWS_ENDPOINT_URL.
 *
 * @param idleMs as in `DEFAULTS`.
 */
export function createS3Client(idleMs: number = DEFAULTS.idleMs): S3Client {
  return new S3Client({
    forcePathStyle: process.env.AWS_S3_FORCE_PATH_STYLE === "true",
    requestHandler: { socketTimeout: idleMs },
  });
}

/** An ETag as the ledger keeps it: S3 puts it in quotes, events do not. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? "").replace(/^"(.*)"$/, "$1");
}
