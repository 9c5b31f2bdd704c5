import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { Construct } from "constructs";
import type { Lake } from "../lake";
import { FileAsset } from "../lib/file-asset";
import type { Grantee } from "../lib/service-role";

/** Name of the Iceberg catalog in Spark: `glue_catalog.curated_dev.transactions`. */
export const CATALOG = "glue_catalog";

/**
 * The value of `--conf`: Glue takes one argument of that name, so further settings follow inside it, each after another
 * `--conf`.
 *
 * @param warehouse where tables go whose database names no location.
 */
export function sparkConf(warehouse: string): string {
  return Object.entries({
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    [`spark.sql.catalog.${CATALOG}`]: "org.apache.iceberg.spark.SparkCatalog",
    [`spark.sql.catalog.${CATALOG}.catalog-impl`]: "org.apache.iceberg.aws.glue.GlueCatalog",
    [`spark.sql.catalog.${CATALOG}.io-impl`]: "org.apache.iceberg.aws.s3.S3FileIO",
    [`spark.sql.catalog.${CATALOG}.warehouse`]: warehouse,
    // All times are UTC, wherever the driver runs.
    "spark.sql.session.timeZone": "UTC",
  })
    .map(([key, value]) => `${key}=${value}`)
    .join(" --conf ");
}

export interface StoredFileProps {
  readonly lake: Lake;
  /** Key under the artifacts zone. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** A file of the deployed stack in the lake's artifacts zone, replaced when its content changes. */
export class StoredFile extends Construct {
  readonly uri: string;
  private readonly lake: Lake;
  private readonly path: string;

  constructor(scope: Construct, id: string, { lake, path, content }: StoredFileProps) {
    super(scope, id);
    const { artifacts } = lake.zones;
    const asset = new FileAsset(this, "File", { fileName: path.split("/").at(-1) ?? path, content });
    new S3Object(this, "Object", {
      bucket: lake.bucketName,
      key: `${artifacts.prefix}${path}`,
      source: asset.path,
      sourceHash: asset.hash,
      // An object stored before the bucket's rules are in place would be stored without them.
      dependsOn: [...lake.ready],
    });
    this.uri = artifacts.uri(path);
    this.lake = lake;
    this.path = path;
  }

  grantRead(role: Grantee): void {
    this.lake.zones.artifacts.grantRead(role, this.path);
  }
}
