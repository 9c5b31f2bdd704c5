import { DATASETS, type Dataset } from "../../contracts";

/** A file that the jobs of a run read. */
export interface ManifestFile {
  readonly key: string;
  readonly etag: string;
  readonly md5: string;
  readonly bytes: number;
  readonly rows: number;
  readonly badRows: number;
  readonly format: string;
  readonly compression: string;
  readonly bom: boolean;
  readonly delimiter?: ",";
  readonly columns: readonly string[];
  readonly unknownColumns: readonly string[];
  /** Where the file can be read in parts. */
  readonly splits: readonly { readonly offset: number; readonly record: number; readonly line: number }[];
}

/** A file that was there and is not read. */
export interface ExcludedFile {
  readonly key: string;
  /** `late`: it came or changed after the run had validated what there was. */
  readonly state: "duplicate" | "rejected" | "late";
  readonly reason: string;
  readonly original?: string;
}

/** What a run reads, as docs/architecture.md ("Manifest") says. */
export interface Manifest {
  readonly version: 1;
  readonly run: string;
  readonly date: string;
  readonly bucket: string;
  readonly processingTime: string;
  readonly datasets: Readonly<
    Partial<Record<Dataset, { readonly files: readonly ManifestFile[]; readonly excluded: readonly ExcludedFile[] }>>
  >;
}

/** How many files of a dataset a run found, and what the accepted ones hold. */
export interface FileCounts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly rows: number;
  readonly bytes: number;
}

/** The counts of a dataset that no file came for. */
export const NO_FILES: FileCounts = Object.freeze({ accepted: 0, duplicate: 0, rejected: 0, rows: 0, bytes: 0 });

/** Counts a manifest's files; every dataset is there, with zeros where nothing came. */
export function countFiles(manifest: Manifest): Record<Dataset, FileCounts> {
  const count = (dataset: Dataset): FileCounts => {
    const { files, excluded } = manifest.datasets[dataset] ?? { files: [], excluded: [] };
    return {
      accepted: files.length,
      duplicate: excluded.filter((file) => file.state === "duplicate").length,
      rejected: excluded.filter((file) => file.state === "rejected").length,
      rows: files.reduce((sum, file) => sum + file.rows, 0),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    };
  };
  return byDataset(count);
}

/** A value for each dataset. */
export function byDataset<T>(value: (dataset: Dataset) => T): Record<Dataset, T> {
  // Object.fromEntries forgets that all the datasets are there.
  return Object.fromEntries(DATASETS.map((dataset) => [dataset, value(dataset)])) as Record<Dataset, T>;
}
