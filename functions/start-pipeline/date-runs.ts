import type { Dataset } from "../../contracts";
import type { Item } from "../lib/dynamo";
import type { LakeObjects } from "../lib/lake-objects";
import { runKey } from "../lib/lake-paths";
import type { Manifest } from "../lib/manifest";

/** A file as a manifest names it. */
export interface ReadFile {
  readonly key: string;
  readonly etag: string;
  readonly dataset: Dataset;
}

/** What the runs of a date have read. */
export class DateRuns {
  /** Runs that failed, or were ended, before they had a manifest, after the newest one that has. */
  unread: readonly Item[] = [];
  private readonly read = new Map<Dataset, ReadonlyMap<string, string>>();

  private constructor(
    readonly date: string,
    /** Newest first. */
    readonly runs: readonly Item[],
  ) {}

  /**
   * Looks at a date's runs from the newest back, until each of the datasets was in a manifest.
   *
   * @param runs newest first, as the run ledger gives them.
   */
  static async look(
    date: string,
    runs: readonly Item[],
    datasets: ReadonlySet<Dataset>,
    objects: LakeObjects,
  ): Promise<DateRuns> {
    const found = new DateRuns(date, runs);
    const unread: Item[] = [];
    let hasManifest = false;
    for (const item of runs) {
      if ([...datasets].every((dataset) => found.read.has(dataset))) break;
      const manifest = await objects.readJson(runKey({ run: String(item.run), date }, "manifest.json"));
      if (manifest !== undefined) {
        hasManifest = true;
        // Written by build-manifest, whose type it is.
        found.add(manifest as Manifest, datasets);
      } else if (!hasManifest && isOverInVain(item)) {
        unread.push(item);
      }
    }
    found.unread = unread;
    return found;
  }

  /** The newest run; undefined where there was none. */
  get newest(): string | undefined {
    const run = this.runs[0]?.run;
    return typeof run === "string" ? run : undefined;
  }

  /** Whether the newest run that was for the file's dataset read the file as it is now. */
  has({ dataset, key, etag }: ReadFile): boolean {
    return this.read.get(dataset)?.get(key) === etag;
  }

  private add(manifest: Manifest, datasets: ReadonlySet<Dataset>): void {
    for (const dataset of datasets) {
      const files = manifest.datasets[dataset]?.files;
      if (files === undefined || this.read.has(dataset)) continue;
      this.read.set(dataset, new Map(files.map(({ key, etag }) => [key, etag])));
    }
  }
}

/** Whether a run is over and did not succeed. */
function isOverInVain({ state }: Item): boolean {
  return state !== "RUNNING" && state !== "SUCCEEDED";
}
