import { price } from "../../../prices";
import { DAYS_PER_MONTH, type Line, line, of } from "../bill";
import { type Attributes, blocksOf, numberOf, type Resource, textOf } from "../resources";
import { timesPerMonth } from "../schedule";
import type { Usage } from "../usage";
import type { Service } from "./service";

const SERVICE = "Glue";
const HOUR = 3600;
/** vCPU of a DPU. @see https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
const DPU_CORES = 4;
/** DPU of a worker of a type. */
const DPUS: Readonly<Record<string, number>> = { "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8 };

/** What one run of a job comes to. */
export interface JobRun {
  /** The driver and those that work. */
  readonly workers: number;
  readonly dpusPerWorker: number;
  readonly coreSeconds: number;
  /** As they pass. */
  readonly seconds: number;
  /** As they are billed. */
  readonly billedSeconds: number;
}

/**
 * What one run of a job comes to: one worker drives, the others share the work. With auto scaling there are on average as many
 * of them as end the job in `jobSeconds`, without it all that the definition names.
 *
 * @param job an `aws_glue_job`
 * @param gb raw GB of the run, all datasets together
 */
export function jobRun(
  { values }: Resource,
  gb: number,
  { profile, measured }: Pick<Usage, "profile" | "measured">,
): JobRun {
  const dpusPerWorker = DPUS[textOf(values, "worker_type")] ?? 1;
  const most = Math.max(2, numberOf(values, "number_of_workers", 2)) - 1;
  const coreSeconds = gb * 1000 * coreSecondsPerMb(values, measured.coreSecondsPerMb);
  const workerCores = dpusPerWorker * DPU_CORES;
  // Unknown before the first apply; then it is as this project always has it.
  const { default_arguments: settings } = values;
  const scales = settings === undefined || JSON.stringify(settings).includes("--enable-auto-scaling");
  const wanted = scales ? Math.max(1, coreSeconds / workerCores / profile.jobSeconds) : most;
  const working = Math.min(wanted, most);
  const seconds = profile.jobOverheadSeconds + coreSeconds / (working * workerCores);
  const least = price("glue.job").minimumSeconds ?? 0;
  return { workers: working + 1, dpusPerWorker, coreSeconds, seconds, billedSeconds: Math.max(seconds, least) };
}

/** The script of a job, which it is named after; its whole name where it is none that was measured. */
export function scriptOf(values: Attributes, known: Readonly<Record<string, number>>): string {
  const name = textOf(values, "name");
  return Object.keys(known).find((script) => name.startsWith(script.replaceAll("_", "-"))) ?? name;
}

/** A job that was never measured is taken for the dearest that was. */
function coreSecondsPerMb(values: Attributes, known: Readonly<Record<string, number>>): number {
  return known[scriptOf(values, known)] ?? Math.max(...Object.values(known));
}

function jobs(all: readonly Resource[], usage: Usage): Line[] {
  return all.map((job) => {
    const { workers, dpusPerWorker, billedSeconds } = jobRun(job, usage.gbPerRun, usage);
    const flexible = textOf(job.values, "execution_class") === "FLEX";
    return line(
      {
        service: SERVICE,
        item: `Job ${scriptOf(job.values, usage.measured.coreSecondsPerMb)}`,
        kind: "usage",
        price: flexible ? "glue.jobFlex" : "glue.job",
      },
      of(usage.runs, "runs"),
      of(workers, "workers on average, the driver among them"),
      of(dpusPerWorker, "DPU a worker"),
      of(billedSeconds / HOUR, `h (${Math.round(billedSeconds)} s for ${usage.gbPerRun.toFixed(2)} GB)`),
    );
  });
}

function crawlers(all: readonly Resource[], { runs, profile }: Usage): Line {
  const own = all.reduce((sum, { values }) => sum + timesPerMonth(textOf(values, "schedule")), 0);
  const seconds = Math.max(profile.crawlerSeconds, price("glue.crawler").minimumSeconds ?? 0);
  return line(
    { service: SERVICE, item: "Crawlers", kind: "usage", price: "glue.crawler" },
    of(all.length * runs + own, `crawls (${all.length} crawlers)`),
    of(profile.crawlerDpus, "DPU"),
    of(seconds / HOUR, `h (${seconds} s; ${profile.crawlerSeconds} s of work)`),
  );
}

/** Glue's jobs, crawlers and catalog. */
export const glue: Service = {
  types: [
    "aws_glue_job",
    "aws_glue_crawler",
    "aws_glue_catalog_database",
    "aws_glue_catalog_table",
    "aws_glue_connection",
    "aws_glue_data_catalog_encryption_settings",
    "aws_glue_resource_policy",
    "aws_glue_security_configuration",
  ],
  lines: (stack, usage) => {
    const found = stack.ofType("aws_glue_crawler");
    const spark = stack
      .ofType("aws_glue_job")
      .filter(({ values }) => blocksOf(values, "command").every(({ name }) => name !== "pythonshell"));
    return [
      ...jobs(spark, usage),
      crawlers(found, usage),
      line(
        { service: SERVICE, item: "Catalog, partitions of raw tables", kind: "usage", price: "glue.catalogObject" },
        of(found.length, "tables"),
        of((usage.profile.lakeDays * usage.dates) / DAYS_PER_MONTH, "dates"),
      ),
    ];
  },
};
