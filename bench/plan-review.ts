/** `npm run bench:plan-review`: how long a review of 2,000 changes takes, made of the real plans of the corpus. */
import { planOfMany } from "../__tests__/cli/review/many";
import { costChangeOf } from "../cli/review/cost";
import { MAX_COMMENT, renderMarkdown } from "../cli/review/markdown";
import { parsePlan } from "../cli/review/plan";
import { reviewPlan } from "../cli/review/review";

const RESOURCES = 2_000;
/** Seconds of processor time that a review may take: what else a machine does is not its fault. */
const LIMIT = 2;

const text = planOfMany(RESOURCES);

const [began, cpu] = [performance.now(), process.cpuUsage()];
const plan = parsePlan(text, "plan.json");
const cost = costChangeOf(JSON.parse(text), "plan.json");
const review = reviewPlan(plan, "bench", cost === undefined ? {} : { cost });
const markdown = renderMarkdown(review);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
const processor = (user + system) / 1e6;

console.log(
  [
    `${RESOURCES.toLocaleString("en-US")} changes, ${(text.length / 1e6).toFixed(1)} MB of JSON: ${review.verdict}`,
    `processor ${processor.toFixed(2)} s (at most ${LIMIT}), time ${seconds.toFixed(2)} s`,
    `comment ${markdown.length.toLocaleString("en-US")} characters (at most ${MAX_COMMENT.toLocaleString("en-US")})`,
  ].join("\n"),
);
process.exitCode = processor < LIMIT && markdown.length <= MAX_COMMENT ? 0 : 1;
