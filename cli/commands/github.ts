import { readFileSync } from "node:fs";
import { CliError } from "../lib/errors";
import { gitHub } from "../lib/github";
import { shownPath } from "../lib/paths";
import { MAX_COMMENT, renderMarkdown } from "../review/markdown";
import type { Review, Verdict } from "../review/review";

/** What tells our comment from others. */
const REVIEW = "<!-- commerce-lake: plan review -->";

/**
 * `github comment`: the reviews of all environments in one comment of a pull request, which is written anew each time.
 *
 * @param files `review.json` of each environment
 * @returns the gravest verdict among them
 */
export async function githubComment(pull: number, files: readonly string[], env = process.env): Promise<Verdict> {
  const room = Math.floor((MAX_COMMENT - REVIEW.length) / files.length) - 10;
  const reviews = files.map((file): Review => JSON.parse(read(file)));
  const parts = reviews.map((review) => renderMarkdown(review, room));
  await gitHub(env).comment(pull, REVIEW, parts.join("\n---\n\n"));
  const verdicts = reviews.map(({ verdict }) => verdict);
  return verdicts.includes("refused") ? "refused" : verdicts.includes("changes") ? "changes" : "nothing";
}

/**
 * `github issue`: one issue of a title, opened where there is none, written anew where it is open, closed where there is nothing to say.
 *
 * @param file what it says, as plain text; empty, nothing
 */
export async function githubIssue(title: string, file: string, env = process.env): Promise<void> {
  const text = read(file).slice(0, MAX_COMMENT - 500);
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  const body = text.trim() === "" ? "" : `${fence}\n${text.trimEnd()}\n${fence}\n`;
  await gitHub(env).issue(`<!-- commerce-lake: ${title} -->`, title, body);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new CliError(`${shownPath(file)} cannot be read.`);
  }
}
