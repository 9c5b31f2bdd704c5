import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CliError } from "../lib/errors";
import { shownPath } from "../lib/paths";
import { costChangeOf } from "../review/cost";
import { renderMarkdown } from "../review/markdown";
import { parsePlan } from "../review/plan";
import { EXIT_OF, type Grounds, type Planned, type Review, reviewPlan } from "../review/review";
import { Synthesis } from "../stack/synthesis";

export interface PlanReviewOptions {
  /** Addresses of resources that may go, or be opened, nevertheless. */
  readonly allow: readonly string[];
  readonly json: boolean;
  /** Folder that receives `review.md` and `review.json`. */
  readonly out?: string;
  /** The stack that was planned (`cdk.tf.json`): with it rules of policy are looked at, and policies told that are known after apply. */
  readonly stack?: string;
}

export interface ReviewedOptions extends PlanReviewOptions, Pick<Grounds, "rules"> {
  /** What was planned. */
  readonly subject: string;
  /** The files that it is of, where there are some. */
  readonly planned?: Planned;
}

/**
 * `plan-review`: reviews a plan that Terraform has shown as JSON.
 *
 * @param file the JSON; `-` for standard input
 * @returns the exit code, as `REVIEW_EXIT_CODES` of `cli/reviews.ts` says
 * @throws CliError where it is no plan
 */
export function planReview(file: string, options: PlanReviewOptions): number {
  const isInput = file === "-";
  const place = isInput ? "standard input" : shownPath(file);
  if (!isInput && !existsSync(file)) throw new CliError(`There is no file ${place}.`);
  return reviewed(readFileSync(isInput ? 0 : file, "utf8"), place, { subject: path.basename(place), ...options });
}

/**
 * Prints the review of a plan, and writes it where that is asked for.
 *
 * @param text the plan, as `terraform show -json` writes it
 * @param place where it is from, for messages
 * @returns the exit code
 */
export function reviewed(text: string, place: string, options: ReviewedOptions): number {
  const { subject, allow, json, out, stack, rules, planned } = options;
  const plan = parsePlan(text, place);
  const cost = costChangeOf(JSON.parse(text), place);
  const review: Review = {
    ...reviewPlan(plan, subject, {
      allow,
      ...(stack === undefined ? {} : { stack: readStack(stack) }),
      ...(rules === undefined ? {} : { rules }),
      ...(cost === undefined ? {} : { cost }),
    }),
    ...(planned === undefined ? {} : { planned }),
  };
  if (out !== undefined) writeReview(out, review);
  console.log(json ? JSON.stringify(review, null, 2) : renderMarkdown(review));
  return EXIT_OF[review.verdict];
}

function readStack(file: string): Synthesis {
  const place = shownPath(file);
  if (!existsSync(file)) throw new CliError(`There is no file ${place}.`);
  try {
    return new Synthesis(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new CliError(
      `${place} is no synthesized stack: its JSON does not parse. \`npm run synth\` writes cdktf.out/stacks/…/cdk.tf.json.`,
    );
  }
}

function writeReview(folder: string, review: Review): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "review.md"), renderMarkdown(review));
  writeFileSync(path.join(folder, "review.json"), `${JSON.stringify(review, null, 2)}\n`);
}
