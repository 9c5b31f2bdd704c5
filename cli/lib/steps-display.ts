import { SHOWN_STEPS, type StepState, type StepView, secondsOf } from "../../functions/lib/steps";
import type { RunStep } from "../../modules/orchestration/run-steps";
import type { BatchProgress } from "./batch";
import type { DisplayLine } from "./display";
import { count, duration } from "./table";

const TITLES: Readonly<Record<RunStep, string>> = {
  AcquireLock: "Take the lock",
  ValidateFiles: "Validate files",
  RunCrawlers: "Run crawlers",
  EtlJobs: "ETL jobs",
  DataQualityChecks: "Data quality checks",
  MergeMasterData: "Merge master data",
  RefreshAthenaTables: "Refresh Athena tables",
  SendNotification: "Send notification",
  ReleaseLock: "Release the lock",
};

const MARKS: Readonly<Record<StepState, string>> = {
  waiting: "·",
  running: "▸",
  succeeded: "✓",
  partial: "!",
  failed: "✗",
  skipped: "–",
};

/** @returns the name of a step as people read it */
export const titleOf = (step: RunStep): string => TITLES[step];

/**
 * @param now for what still runs
 * @returns a line a step: its state, attempt, time and rows
 */
export function stepLines(progress: BatchProgress, now: Date): DisplayLine[] {
  return progress.steps
    .filter(({ step }) => SHOWN_STEPS.includes(step))
    .map((view, index) => {
      const rows = rowsOf(view, progress);
      const line = (time: string) =>
        [
          `  ${MARKS[view.state]} ${index + 1}`,
          TITLES[view.step].padEnd(22),
          view.state.padEnd(9),
          (view.attempt > 1 ? `attempt ${view.attempt}` : "").padEnd(9),
          time.padStart(11),
          `  ${rows}`,
        ]
          .join(" ")
          .trimEnd();
      const time = view.startedAt === undefined ? "" : duration(secondsOf(view, now));
      // Elsewhere than on a terminal a step is worth a line when it starts, is tried again, brings rows and ends.
      const running = view.state === "running";
      return {
        id: view.step,
        text: line(time),
        plain: view.state === "waiting" ? undefined : line(running ? "" : time),
      };
    });
}

/** What a step has told of rows so far. */
function rowsOf({ step, state }: StepView, { files, rows }: BatchProgress): string {
  if (state === "waiting" || state === "skipped") return "";
  if (step === "ValidateFiles" && files) {
    const all = Object.values(files);
    const sum = (name: "accepted" | "duplicate" | "rejected" | "rows") =>
      all.reduce((total, one) => total + one[name], 0);
    return `${count(sum("rows"))} rows in ${sum("accepted")} files; ${sum("duplicate")} duplicate, ${sum("rejected")} rejected`;
  }
  if (step === "EtlJobs") {
    const entries = Object.entries(rows);
    if (entries.length === 0) return "";
    const kept = entries.reduce((total, [, { out }]) => total + out, 0);
    return `${count(kept)} rows (${entries.map(([dataset]) => dataset).join(", ")})`;
  }
  return "";
}
