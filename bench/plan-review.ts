/** `npm run bench:plan-review`: how long a review of 2,000 changes takes, made of the real plans of the corpus. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { costChangeOf } from "../cli/review/cost";
import { MAX_COMMENT, renderMarkdown } from "../cli/review/markdown";
import { parsePlan } from "../cli/review/plan";
import { reviewPlan } from "../cli/review/review";

const CORPUS = path.join(__dirname, "../__tests__/cli/review/corpus");
const RESOURCES = 2_000;
/** Seconds of processor time that a review may take: what else a machine does is not its fault. */
const LIMIT = 2;

interface Change {
  readonly address: string;
}

/** So many changes, each a real one under another address. */
function manyChanges(): Change[] {
  const real = readdirSync(CORPUS)
    .filter((name) => name.endsWith(".json") && !name.endsWith(".stack.json"))
    .flatMap((name): Change[] => JSON.parse(readFileSync(path.join(CORPUS, name), "utf8")).resource_changes);
  return Array.from({ length: RESOURCES }, (_, index) => {
    const change = real[index % real.length];
    return { ...change, address: `${change?.address}_${index}` };
  });
}

const text = JSON.stringify({ format_version: "1.2", terraform_version: "1.11.4", resource_changes: manyChanges() });

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
