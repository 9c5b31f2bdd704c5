import { createInterface } from "node:readline/promises";
import { UsageError } from "./errors";
import { interrupt } from "./interrupt";

/**
 * Has a person say that something shall be done.
 *
 * @param question what is about to be done, in a sentence
 * @param yes that it was said beforehand, by `--yes`
 * @returns whether to do it
 * @throws UsageError where nobody is there to be asked
 */
export async function confirmed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw new UsageError(`${question} Nobody can be asked here.\n  try   --yes, or --dry-run to see the plan`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal: interrupt })).trim());
  } finally {
    terminal.close();
  }
}
