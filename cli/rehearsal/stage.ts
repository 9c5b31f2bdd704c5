import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import { type Contents, contentsOf, differencesOf } from "./content";
import { fill, type Values } from "./page";
import type { Shell } from "./shell";

/** Seconds for which something is waited for that comes by itself: an event, or a whole run on a machine that has much else to do. */
const PATIENCE = { event: 300, run: 1_800 } as const;
const LOOK_MS = 1_000;
/** S3 tells times in whole seconds: what happens in the second of a moment counts as before it. */
const NEXT_SECOND_MS = 1_100;

/** Commands that ask before they change something; here nobody can be asked. */
const ASKING = /^npm run (recover|pipeline) -- (objects|ledger|backfill|stop) (?!.*--dry-run)/;

/** What a rehearsal is played on: a lake with runs that went well. */
export class Stage {
  private readonly typed = new Set<string>();

  /**
   * @param lines what the page tells people to type
   * @param dates that were run, oldest first
   * @param before what the tables held then
   */
  constructor(
    readonly lake: Lake,
    readonly dates: readonly [string, string],
    readonly before: Contents,
    private readonly lines: readonly string[],
    private readonly shell: Shell,
  ) {}

  /**
   * Types the page's line that is so, or begins so.
   *
   * @returns what it printed
   * @throws CliError where the page has no such line, or it fails
   */
  async type(beginning: string, values: Values = {}): Promise<string> {
    const line = this.lines.find((one) => one === beginning) ?? this.lines.find((one) => one.startsWith(beginning));
    if (line === undefined) throw new CliError(`The page tells nobody to type: ${beginning}`);
    this.typed.add(line);
    const filled = fill(line, { ENV: this.lake.environment.name, ...values });
    return this.shell(ASKING.test(filled) ? `${filled} --yes` : filled);
  }

  /** @returns lines of the page that were not typed */
  untyped(): string[] {
    return this.lines.filter((line) => !this.typed.has(line));
  }

  /** @returns now, when all is still well, as people type times; what happens next is after it for S3 too */
  async momentBefore(): Promise<string> {
    const now = new Date().toISOString();
    await sleep(NEXT_SECOND_MS, undefined, { signal: interrupt });
    return now;
  }

  /** Waits for what comes by itself. @param of what it takes: an event, or a run */
  async until(what: string, of: keyof typeof PATIENCE, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE[of] * 1000;
    while (!(await isSo())) {
      if (Date.now() > end) throw new CliError(`After ${PATIENCE[of]} s it is still not so that ${what}.`);
      await sleep(LOOK_MS, undefined, { signal: interrupt });
    }
  }

  /** @throws CliError where the tables hold other rows than before */
  async expectSameRows(): Promise<void> {
    const found = differencesOf(this.before, await contentsOf(this.lake));
    if (found.length > 0) throw new CliError(`The tables are not as they were: ${found.join("; ")}.`);
  }

  /** Makes sure that the damage is one: else what follows shows nothing. */
  async expectDamage(): Promise<void> {
    let now: Contents;
    try {
      now = await contentsOf(this.lake);
    } catch {
      // A table that cannot be read.
      return;
    }
    if (differencesOf(this.before, now).length === 0) throw new CliError("The tables are as before the damage.");
  }
}

/** @throws CliError where something is not as it has to be */
export function must(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new CliError(otherwise);
}
