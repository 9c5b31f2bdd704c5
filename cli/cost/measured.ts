import figures from "../../bench/jobs.figures.json";
import { isDataset } from "../../contracts";
import { JOB_OF } from "../../functions/lib/lake-paths";

/** What `npm run bench:jobs -- --json bench/jobs.figures.json` has written. */
interface Figures {
  readonly machine: { readonly date: string; readonly platform: string; readonly cores: number };
  readonly results: readonly {
    readonly size: number;
    readonly job: string;
    readonly bytes: number;
    readonly output: number;
    readonly effort: { readonly cpu: number };
  }[];
}

/** What the jobs were measured to take, at the largest size at which the whole pipeline was measured. */
export interface Measured {
  /** When, and on what. */
  readonly where: string;
  /** MB of raw files, all datasets together. */
  readonly mb: number;
  /** Seconds of one core for each MB of raw files of all datasets, by the name of the job's script. */
  readonly coreSecondsPerMb: Readonly<Record<string, number>>;
  /** Bytes of the processed tables by raw bytes. */
  readonly processedShare: number;
  /** Bytes of the curated tables by raw bytes. */
  readonly curatedShare: number;
}

const MERGE = "merge";
const MB = 1_000_000;

/** The benchmark names a job by its dataset; Glue by its script. */
const scriptOf = (job: string): string => (isDataset(job) ? JOB_OF[job] : "master_data_merge");

/**
 * Reads what the benchmark of the jobs has written.
 *
 * Processor time is taken, not time: it hardly depends on what else the machine did.
 *
 * @throws Error where the merge, and with it the pipeline, was not measured.
 */
export function measuredFrom({ machine, results }: Figures): Measured {
  const size = Math.max(...results.filter(({ job }) => job === MERGE).map((one) => one.size));
  const found = results.filter((one) => one.size === size && (one.job === MERGE || isDataset(one.job)));
  const etl = found.filter(({ job }) => job !== MERGE);
  if (etl.length === 0) {
    throw new Error("bench/jobs.figures.json holds no size at which the merge was measured and the jobs before it.");
  }
  const raw = etl.reduce((sum, { bytes }) => sum + bytes, 0);
  const share = (parts: Figures["results"]) => parts.reduce((sum, { output }) => sum + output, 0) / raw;
  return {
    where: `${machine.date}, ${machine.cores} cores, ${machine.platform}, ${Math.round(raw / MB)} MB`,
    mb: raw / MB,
    coreSecondsPerMb: Object.fromEntries(found.map(({ job, effort }) => [scriptOf(job), effort.cpu / (raw / MB)])),
    processedShare: share(etl),
    curatedShare: share(found.filter(({ job }) => job === MERGE)),
  };
}

/** What the jobs of this checkout were measured to take. */
export const MEASURED: Measured = measuredFrom(figures);
