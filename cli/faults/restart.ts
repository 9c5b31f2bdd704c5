import type { Execution } from "../lib/batch";
import { isAlive } from "../lib/processes";
import { withDateReserved } from "../lib/reserve-date";
import { judge } from "./judge";
import type { Lab } from "./lab";
import type { Group } from "./scenario";
import { rerunPlainly, type Seen } from "./suite";

/** A local AWS that the suite has started, and the way to end it. */
export interface OwnAws {
  readonly lab: Lab;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Name of the scenario. */
export const RESTART = "restart/stopped-in-the-middle";
export const RESTART_WHAT = "the local AWS is stopped while a job runs, and started again";

const GROUP: Pick<Group, "files" | "datasets"> = { files: true, datasets: ["transactions"] };

/**
 * Stops a local AWS while a run is at its jobs, starts another, and runs the date there.
 *
 * @param first is ended
 * @param another starts the next one, the environment applied
 */
export async function playRestart(first: OwnAws, another: () => Promise<OwnAws>, date: string): Promise<Seen> {
  const began = performance.now();
  const problems: string[] = [];
  const execution = await begin(first.lab, date);
  const following = first.lab.follow(execution).then(
    ({ status }) => status,
    () => "lost",
  );
  await first.stop();
  if ((await following) === "SUCCEEDED") problems.push("the run succeeded without the AWS that it ran on");
  if (isAlive(first.pid)) problems.push(`process ${first.pid} is still there`);

  const second = await another();
  try {
    const { lab } = second;
    const entry = await lab.ledger.get(date, execution.run);
    if (entry !== undefined) problems.push("the new local AWS knows the run of the old one");
    const run = lab.newRun(date);
    await withDateReserved(lab.lake, date, run, () => lab.uploadNext(date, GROUP.datasets));
    const before = await lab.tables(date, GROUP.datasets);
    const seen = await lab.observe(await lab.start(date, run, GROUP.datasets), GROUP.datasets);
    const now = judge(seen, { status: "SUCCEEDED", tables: "complete" }, { before, newest: 1 }, date);
    const rerun = await rerunPlainly(lab, GROUP, date);
    return {
      name: RESTART,
      title: "The local AWS",
      what: RESTART_WHAT,
      run: `gone with the local AWS; on the new one: ${now.run}`,
      ledger: `empty; then ${now.ledger}`,
      told: now.told,
      lock: now.lock,
      tables: `empty; then ${now.tables}`,
      rerun: rerun.text,
      seconds: Math.round((performance.now() - began) / 1000),
      problems: [...problems, ...now.problems, ...rerun.problems],
    };
  } finally {
    await second.stop();
  }
}

/** Starts a run and waits until its job is at work. */
async function begin(lab: Lab, date: string): Promise<Execution> {
  const run = lab.newRun(date);
  await withDateReserved(lab.lake, date, run, () => lab.uploadNext(date, GROUP.datasets));
  const fault = await lab.faults.ask({ target: "glue:transaction-etl", fault: "timeout", containing: run });
  const execution = await lab.start(date, run, GROUP.datasets);
  await lab.untilStruck([fault]);
  return execution;
}
