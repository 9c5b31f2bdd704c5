import { EntityNotFoundException, GetJobRunCommand, GlueClient } from "@aws-sdk/client-glue";
import type { StartedJob } from "../lib/started-jobs";

/** What Glue charges of a run of a job. */
export interface JobUsage extends StartedJob {
  readonly dpuSeconds: number;
  /** Seconds that it ran. */
  readonly seconds: number;
  readonly flex: boolean;
}

/** What Glue says of runs of jobs. */
export class JobRuns {
  constructor(private readonly client: GlueClient = new GlueClient({})) {}

  /** @returns undefined for a run that Glue does not know, or no longer */
  async usage({ job, id }: StartedJob): Promise<JobUsage | undefined> {
    try {
      const { JobRun = {} } = await this.client.send(new GetJobRunCommand({ JobName: job, RunId: id }));
      const { ExecutionTime: seconds = 0, MaxCapacity = 0, DPUSeconds, ExecutionClass } = JobRun;
      // Glue counts what auto scaling used; without that, what the run might use is what it used.
      return { job, id, seconds, dpuSeconds: DPUSeconds ?? MaxCapacity * seconds, flex: ExecutionClass === "FLEX" };
    } catch (error) {
      if (error instanceof EntityNotFoundException) return undefined;
      throw error;
    }
  }
}
