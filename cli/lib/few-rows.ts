/** Java's options for Spark jobs of a few rows: what its second compiler and a collector with threads of its own would gain costs more than it saves. */
const JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

/**
 * Tells every Spark that this process starts, by whatever way, that it will have a few rows; unless the person said something else of Java.
 *
 * @see local/commerce_lake_local/glue/README.md
 */
export function expectFewRows(): void {
  process.env.COMMERCE_LAKE_SPARK_JAVA_OPTIONS ??= JAVA_OPTIONS;
}
