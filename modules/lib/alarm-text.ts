/** What an alarm says to people. */
export interface AlarmText {
  /** What happened and what it means: sentences. */
  readonly says: string;
  /** What to type next. */
  readonly command: string;
  /** Where the runbook goes on. */
  readonly runbook: string;
}

const NEXT = " Next: ";
const RUNBOOK = " Runbook: ";

/** The description of an alarm: one line, for Terraform's two syntaxes differ in line breaks. */
export function writeAlarmText({ says, command, runbook }: AlarmText): string {
  return `${says}${NEXT}${command}${RUNBOOK}${runbook}`;
}

/** Reads what `writeAlarmText` wrote; of other descriptions, all is what it says. */
export function readAlarmText(description: string): AlarmText {
  const runbookAt = description.lastIndexOf(RUNBOOK);
  const nextAt = description.lastIndexOf(NEXT, runbookAt);
  if (nextAt < 0 || runbookAt < 0) return { says: description, command: "", runbook: "" };
  return {
    says: description.slice(0, nextAt),
    command: description.slice(nextAt + NEXT.length, runbookAt),
    runbook: description.slice(runbookAt + RUNBOOK.length),
  };
}
