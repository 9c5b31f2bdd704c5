/** Exit codes of every command; `--help` documents them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, setup: 3, refused: 3, partial: 4, interrupted: 130 } as const;

/** An error whose message is all that a person needs: what happened, where, what was received, what to do. */
export class CliError extends Error {
  readonly exitCode: number = EXIT.failed;
}

/** Something was asked for that cannot be. */
export class UsageError extends CliError {
  override readonly exitCode = EXIT.usage;
}

/** Something that has to be there first is not. */
export class SetupError extends CliError {
  override readonly exitCode = EXIT.setup;
}

/** What was asked for is not done, because it is not what somebody has agreed to. */
export class RefusedError extends CliError {
  override readonly exitCode = EXIT.refused;
}

/** Somebody asked the command to stop. */
export class Interrupted extends CliError {
  override readonly exitCode = EXIT.interrupted;
}

/**
 * @param error anything that was thrown
 * @returns its message
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param error anything that was thrown
 * @param code a code of the operating system, such as `ENOENT`
 */
export function hasCode(error: unknown, code: string): boolean {
  // Not `instanceof Error`: errors of Node's own modules are of another realm where tests run in one of their own.
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

/** What the system says of a peer that is not there, or no longer. */
const LOST = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "ETIMEDOUT"] as const;

/**
 * @param error anything that was thrown
 * @returns what to tell a person where AWS has gone, or cannot be reached; undefined where it is something else
 */
export function connectionLost(error: unknown): SetupError | undefined {
  const code = LOST.find((one) => hasCode(error, one));
  if (code === undefined) return undefined;
  return new SetupError(
    `AWS does not answer: ${messageOf(error) || code}.\n` +
      "  A local AWS that has ended has taken all that was in it along: npm run local starts an empty one.\n" +
      "  On AWS, look at your network; a run that was started goes on without this command: npm run pipeline -- status",
  );
}
