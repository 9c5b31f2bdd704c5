import { unitPrice } from "../../prices";
import { MEASURED, type Measured } from "./measured";
import type { Profile } from "./profile";
import { type Resource, textOf } from "./resources";
import { jobRun, scriptOf } from "./services/glue";

/** What it takes to process so much in one run. */
export interface Throughput {
  readonly gb: number;
  /** From the first job's start to the last one's end: the merge follows the others, which run side by side. */
  readonly seconds: number;
  readonly dpuHours: number;
  /** Of the jobs, in US dollars. */
  readonly usd: number;
  readonly usdPerTb: number;
  /** MB a second and vCPU, as the guide counts: all raw bytes by all the DPU time that is billed. */
  readonly mbPerSecondAndCore: number;
}

/** Sizes that people ask for, in GB. */
export const SIZES = [1, 10, 100, 1000] as const;

const MERGE = "master_data_merge";
const CORES = 4;

/**
 * Time and cost of a run, projected from what the jobs were measured to take.
 *
 * @param jobs the stack's `aws_glue_job`s
 * @param gb raw GB of one run
 */
export function throughput(
  jobs: readonly Resource[],
  gb: number,
  profile: Profile,
  measured: Measured = MEASURED,
): Throughput {
  const runs = jobs.map((job) => {
    const run = jobRun(job, gb, { profile, measured });
    const flexible = textOf(job.values, "execution_class") === "FLEX";
    const dpuHours = (run.workers * run.dpusPerWorker * run.billedSeconds) / 3600;
    return {
      merges: scriptOf(job.values, measured.coreSecondsPerMb) === MERGE,
      seconds: run.seconds,
      dpuHours,
      usd: dpuHours * unitPrice(flexible ? "glue.jobFlex" : "glue.job"),
    };
  });
  const longest = (merges: boolean) =>
    Math.max(0, ...runs.filter((run) => run.merges === merges).map(({ seconds }) => seconds));
  const dpuHours = runs.reduce((sum, run) => sum + run.dpuHours, 0);
  const usd = runs.reduce((sum, run) => sum + run.usd, 0);
  return {
    gb,
    seconds: longest(false) + longest(true),
    dpuHours,
    usd,
    usdPerTb: (usd / gb) * 1000,
    mbPerSecondAndCore: (gb * 1000) / (dpuHours * 3600 * CORES),
  };
}
