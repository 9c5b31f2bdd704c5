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
