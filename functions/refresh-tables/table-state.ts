/** What an Iceberg table consists of, by its metadata file. */
export interface TableState {
  /** Current snapshot of main; absent while the table has none. Text: it does not fit a JavaScript number. */
  readonly snapshot?: string;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly snapshots: number;
  /** Epoch milliseconds of the oldest snapshot. */
  readonly oldest?: number;
}

/**
 * Reads an Iceberg metadata file.
 *
 * @throws Error where it is none.
 * @see https://iceberg.apache.org/spec/#table-metadata-fields
 */
export function parseTableMetadata(text: string): TableState {
  // Ids are numbers of 64 bits, which JSON.parse would round.
  const metadata: unknown = JSON.parse(text.replace(/("[a-z-]*snapshot-id"\s*:\s*)(-?\d+)/g, '$1"$2"'));
  if (!isObject(metadata) || !Array.isArray(metadata.snapshots ?? [])) {
    throw new Error("The file is no Iceberg table metadata.");
  }
  const snapshots: readonly unknown[] = Array.isArray(metadata.snapshots) ? metadata.snapshots : [];
  const current = snapshots.filter(isObject).find((one) => one["snapshot-id"] === metadata["current-snapshot-id"]);
  const summary = isObject(current?.summary) ? current.summary : {};
  const times = snapshots.filter(isObject).map((one) => Number(one["timestamp-ms"]));
  return {
    ...(current === undefined ? {} : { snapshot: String(current["snapshot-id"]) }),
    rows: Number(summary["total-records"] ?? 0),
    files: Number(summary["total-data-files"] ?? 0),
    bytes: Number(summary["total-files-size"] ?? 0),
    snapshots: snapshots.length,
    ...(times.length === 0 ? {} : { oldest: Math.min(...times) }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
