import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MemoryObjects, silent } from "../../__tests__/functions/memory-objects";
import { generateSample } from "../../cli/sample/generate";
import { Random } from "../../cli/sample/random";
import { DATASETS, type Dataset, isDataset } from "../../contracts";
import { computeReport } from "../../functions/data-quality/data-quality";
import { daysBefore } from "../../functions/data-quality/profile";
import type { QualityReport } from "../../functions/data-quality/report";
import type { Item } from "../../functions/lib/dynamo";
import type { RunContext } from "../../functions/lib/event";
import { JOB_OF, runKey } from "../../functions/lib/lake-paths";
import { byDataset, type ExcludedFile, type Manifest, type ManifestFile } from "../../functions/lib/manifest";
import { RunLedger } from "../../functions/lib/run-ledger";
import { validateStream } from "../../functions/lib/validate-stream";
import { damageFiles, readFiles, replaceFiles } from "./damage";
import type { Defect } from "./defects";
import type { Engine } from "./engine";
import { ReusedAnswers } from "./reused-answers";

/** What became of a batch: the checks' report, and the files that did not come so far. */
export interface Outcome {
  readonly report: QualityReport;
  readonly excluded: readonly ExcludedFile[];
}

/** How much less than on the busiest day a quiet one brings. */
const QUIETEST = 0.8;

class GoodRuns extends RunLedger {
  constructor(private readonly runs: readonly Item[]) {
    super("corpus");
  }
  override async succeeded(): Promise<Item[]> {
    return [...this.runs].reverse();
  }
}

/**
 * A shop's batches, day by day, each judged like a run: the files by the validator and by what earlier days brought, the records by the
 * jobs' own code, the tables by the data quality checks with the reports of the days before as history.
 */
export class Corpus {
  private readonly objects = new MemoryObjects();
  private readonly runs: Item[] = [];
  /** Contents of the good days' files, by dataset and MD5: what the file ledger knows. */
  private contents: ReadonlyMap<string, string> = new Map();
  private readonly engine: ReusedAnswers;

  /**
   * @param rows sales of the busiest day; everything else is in proportion
   * @param datasets that are judged; the others' files are left where they are
   */
  constructor(
    engine: Pick<Engine, "load" | "query">,
    private readonly rows: number,
    private readonly seed: number,
    private readonly datasets: readonly Dataset[] = DATASETS,
  ) {
    this.engine = new ReusedAnswers(engine);
  }

  /**
   * Judges the batch of a day.
   *
   * @param defect what goes wrong, and in which share of the rows. A day without one becomes history.
   */
  async judge(date: string, defect?: Defect, share = 1): Promise<Outcome> {
    const folder = mkdtempSync(path.join(tmpdir(), "quality-corpus-"));
    try {
      await this.generate(date, folder);
      if (defect?.stale !== undefined) {
        const before = path.join(folder, "before");
        await this.generate(daysBefore(date, 1), before);
        replaceFiles(path.join(folder, defect.dataset), path.join(before, defect.dataset), defect);
      } else if (defect !== undefined) {
        damageFiles(path.join(folder, defect.dataset), defect, share);
      }
      return await this.run(date, folder, defect === undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** No two days are equally busy. */
  private async generate(date: string, folder: string): Promise<void> {
    const busy = QUIETEST + (1 - QUIETEST) * new Random(this.seed, `how busy ${date} is`).unit();
    await generateSample({ folder, rows: Math.round(this.rows * busy), date, seed: this.seed, broken: false });
  }

  private async run(date: string, folder: string, isGood: boolean): Promise<Outcome> {
    const context = { run: `corpus-${date}`, date, processingTime: `${daysBefore(date, -1)}T06:00:00Z` };
    const judged = byDataset(() => ({ files: [] as ManifestFile[], excluded: [] as ExcludedFile[] }));
    const contents = new Map(this.contents);
    for (const dataset of this.datasets) {
      for (const name of readFiles(path.join(folder, dataset)).keys()) {
        const file = await examine(folder, `${dataset}/${name}`, dataset, context, contents);
        if ("state" in file) judged[dataset].excluded.push(file);
        else judged[dataset].files.push(file);
      }
    }
    const manifest: Manifest = { version: 1, ...context, bucket: "corpus", datasets: judged };
    const key = runKey(context, "manifest.json");
    await this.objects.writeJson(key, manifest);
    const withFiles = this.datasets.filter((dataset) => judged[dataset].files.length > 0);
    for (const dataset of this.datasets) {
      // Also without files: what the same day brought with another defect must go.
      const { snapshot, ...found } = await this.engine.load(dataset, folder, manifest);
      if (!withFiles.includes(dataset)) continue;
      const tables = [{ table: `processed.${dataset}`, snapshot }];
      const report = { version: 1, job: JOB_OF[dataset], ...found, tables, seconds: 0 };
      await this.objects.writeJson(runKey(context, `jobs/${JOB_OF[dataset]}.json`), report);
    }
    const { report } = await computeReport(
      { ...context, manifest: key, withFiles },
      {
        databases: { raw: "raw", processed: "processed" },
        athena: this.engine,
        objects: this.objects,
        runs: new GoodRuns(this.runs),
        columnsOf: async (_, table) => (isDataset(table) ? crawled(judged[table].files) : undefined),
        logger: silent,
      },
    );
    if (isGood) {
      await this.objects.writeJson(runKey(context, "quality.json"), report);
      this.runs.push({ run: context.run, date });
      this.contents = contents;
    }
    return { report, excluded: DATASETS.flatMap((dataset) => judged[dataset].excluded) };
  }
}

/**
 * What the validator and the file ledger say of a file.
 *
 * @param contents what the ledger knows, to which the file is added.
 */
async function examine(
  folder: string,
  key: string,
  dataset: Dataset,
  { date, processingTime }: RunContext,
  contents: Map<string, string>,
): Promise<ManifestFile | ExcludedFile> {
  const source = createReadStream(path.join(folder, key));
  const found = await validateStream(source, { dataset, processingTime: new Date(processingTime) });
  const { verdict, reason = "", md5, format } = found;
  if (verdict !== "accepted" || md5 === undefined || format === undefined) return { key, state: "rejected", reason };
  const place = `${date}/${key}`;
  const original = contents.get(`${dataset}/${md5}`) ?? place;
  if (original !== place) return { key, state: "duplicate", reason: `the content of ${original}`, original };
  contents.set(`${dataset}/${md5}`, place);
  const { bytes, rows, badRows, compression, bom, columns, unknownColumns, splits } = found;
  return { key, etag: md5, md5, bytes, rows, badRows, format, compression, bom, columns, unknownColumns, splits };
}

/** What the crawler makes of a dataset's files: texts, for all that it matters here. */
function crawled(files: readonly ManifestFile[]): Readonly<Record<string, string>> {
  return Object.fromEntries(files.flatMap(({ columns }) => columns.map((name) => [name.toLowerCase(), "string"])));
}
