import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { FileAsset } from "./file-asset";
import type { Grantee } from "./service-role";

/** Where files of the deployed stack are kept; `lake.artifacts` is one. */
export interface FileStore {
  readonly bucketName: string;
  /** What keys begin with, ending in `/`. */
  readonly prefix: string;
  /** What the first object waits for, so that none is ever stored under other rules than the bucket's. */
  readonly ready: readonly ITerraformDependable[];
  grantRead(role: Grantee, path: string): void;
}

export interface StoredFileProps {
  readonly store: FileStore;
  /** Key under the store's prefix. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** A file of the deployed stack, stored in the lake and replaced when its content changes. */
export class StoredFile extends Construct {
  readonly bucketName: string;
  readonly key: string;
  /** Version of the object: another one whenever the content is another. */
  readonly version: string;
  readonly uri: string;
  /** SHA-256 of the content, base64. */
  readonly hash: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StoredFileProps,
  ) {
    super(scope, id);
    const { store, path, content } = props;
    const asset = new FileAsset(this, "File", { fileName: path.split("/").at(-1) ?? path, content });
    const object = new S3Object(this, "Object", {
      bucket: store.bucketName,
      key: `${store.prefix}${path}`,
      source: asset.path,
      sourceHash: asset.hash,
      dependsOn: [...store.ready],
    });
    this.bucketName = store.bucketName;
    this.key = object.key;
    this.version = object.versionId;
    this.uri = `s3://${store.bucketName}/${store.prefix}${path}`;
    this.hash = asset.hash;
  }

  grantRead(role: Grantee): void {
    this.props.store.grantRead(role, this.props.path);
  }
}
