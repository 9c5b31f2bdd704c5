import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { Upload } from "@aws-sdk/lib-storage";
import { DATASETS, type Dataset } from "../../contracts";
import { sideBySide } from "../../functions/lib/side-by-side";
import { UsageError } from "./errors";
import { interrupt } from "./interrupt";
import type { Lake } from "./lake";

/** A file on its way to the raw zone. */
export interface SourceFile {
  readonly dataset: Dataset;
  readonly file: string;
  /** Path below the dataset's folder, with `/`. */
  readonly name: string;
  readonly bytes: number;
}

/** Files that are uploaded side by side. */
const PARALLEL = 4;

const visible = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort();

/**
 * Finds the files of a batch: `DIR/{dataset}/…`. Hidden files and what lies beside the datasets' folders are left alone.
 *
 * @param folder as a person names it
 * @returns the files, by dataset and name
 * @throws UsageError where the folder does not exist, or holds a folder that is no dataset's
 */
export function findFiles(folder: string): SourceFile[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UsageError(
      `There is no folder ${folder}.\n  try   a folder that holds ${DATASETS.map((name) => `${name}/`).join(", ")}`,
    );
  }
  const folders = visible(folder).filter((name) => statSync(path.join(folder, name)).isDirectory());
  const unknown = folders.filter((name) => !DATASETS.some((dataset) => dataset === name));
  if (unknown.length > 0) {
    throw new UsageError(
      `${folder} holds ${unknown.map((name) => `${name}/`).join(", ")}, which is no dataset. The datasets are ${DATASETS.join(", ")}.\n` +
        "  try   rename the folder, or move it elsewhere",
    );
  }
  return DATASETS.filter((dataset) => folders.includes(dataset)).flatMap((dataset) =>
    filesOf(dataset, path.join(folder, dataset)),
  );
}

function filesOf(dataset: Dataset, root: string, below = ""): SourceFile[] {
  return visible(path.join(root, below)).flatMap((entry) => {
    const name = below === "" ? entry : `${below}/${entry}`;
    const file = path.join(root, name);
    const info = statSync(file);
    if (info.isDirectory()) return filesOf(dataset, root, name);
    if (!info.isFile()) throw new UsageError(`${file} is neither a file nor a folder, and cannot be uploaded.`);
    return [{ dataset, file, name, bytes: info.size }];
  });
}

/**
 * @param file a file of a batch
 * @param date the batch date
 * @returns where it goes in the lake's bucket
 */
export function rawKey({ dataset, name }: SourceFile, date: string): string {
  return `raw/${dataset}/date=${date}/${name}`;
}

/**
 * Uploads files to the raw zone, a few at once, holding none of them in memory.
 *
 * @param onProgress called after each file with the number and bytes so far
 */
export async function uploadFiles(
  lake: Lake,
  files: readonly SourceFile[],
  date: string,
  onProgress?: (files: number, bytes: number) => void,
): Promise<void> {
  let [done, bytes] = [0, 0];
  await sideBySide(files, PARALLEL, async (file) => {
    interrupt.throwIfAborted();
    await uploadFile(lake, file, rawKey(file, date));
    done += 1;
    bytes += file.bytes;
    onProgress?.(done, bytes);
  });
}

async function uploadFile(lake: Lake, { file }: SourceFile, key: string): Promise<void> {
  const upload = new Upload({
    client: lake.s3,
    params: { Bucket: lake.names.bucket, Key: key, Body: createReadStream(file) },
  });
  const stop = () => void upload.abort();
  interrupt.addEventListener("abort", stop);
  try {
    await upload.done();
  } finally {
    interrupt.removeEventListener("abort", stop);
  }
}
