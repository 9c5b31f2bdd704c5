import { readFileSync } from "node:fs";
import { inProject } from "../../modules/lib/project";
import { type Resource, synthesizeEnvironment } from "../modules/support/synthesis";

const ENV = "prod";
const stack = synthesizeEnvironment(ENV);
const page = readFileSync(inProject("docs/architecture.md"), "utf8");

/** What the diagrams draw, by the first word of a node's id. */
const KINDS: Readonly<Record<string, string>> = {
  bus: "aws_cloudwatch_event_bus",
  rule: "aws_cloudwatch_event_rule",
  schedule: "aws_scheduler_schedule",
  machine: "aws_sfn_state_machine",
  function: "aws_lambda_function",
  queue: "aws_sqs_queue",
  crawler: "aws_glue_crawler",
  job: "aws_glue_job",
  topic: "aws_sns_topic",
};

/** `function_validate_file`: what it is, and its name without what all names have. */
function idOf({ address, type, function_name: functionName, name = functionName }: Resource): string {
  const kind = Object.keys(KINDS).find((one) => KINDS[one] === type);
  const short = String(name)
    .replace(/^commerce-lake-/, "")
    .replace(new RegExp(`-?${ENV}$`), "");
  if (kind === undefined) throw new Error(`${address} is of no kind that is drawn`);
  return `${kind}_${short || "lake"}`.replaceAll("-", "_");
}

const drawable = stack.all().filter(({ type }) => Object.values(KINDS).includes(type));
const ids = new Map(drawable.map((one) => [one.address, idOf(one)]));

/** The resources that a value refers to, as their ids. */
function refersTo(value: unknown): string[] {
  const found = JSON.stringify(value ?? "").matchAll(/(aws_\w+\.\w+)\./g);
  return [...new Set([...found].flatMap(([, address = ""]) => ids.get(address) ?? []))];
}

const every = (type: string) => stack.all().filter((one) => one.type === type);
const arrows = (from: readonly string[], to: readonly string[], arrow: string) =>
  from.flatMap((one) => to.map((other) => `${one} ${arrow} ${other}`));

/** Who starts or tells whom. */
const STARTS = [
  ...every("aws_cloudwatch_event_rule").flatMap((rule) => arrows(refersTo(rule.event_bus_name), [idOf(rule)], "-->")),
  ...every("aws_cloudwatch_event_target").flatMap(({ rule, arn }) => arrows(refersTo(rule), refersTo(arn), "-->")),
  ...every("aws_lambda_event_source_mapping").flatMap((one) =>
    arrows(refersTo(one.event_source_arn), refersTo(one.function_name), "-->"),
  ),
  ...every("aws_scheduler_schedule").flatMap((one) => arrows([idOf(one)], targetsOf(one), "-->")),
  ...every("aws_sfn_state_machine").flatMap((one) => arrows([idOf(one)], refersTo(one.definition), "-->")),
];

/** Where goes what somebody could not take. */
const DEAD_LETTERS = [
  ...every("aws_cloudwatch_event_target").flatMap((one) =>
    arrows(refersTo(one.rule), refersTo(one.dead_letter_config), "-.->"),
  ),
  ...every("aws_scheduler_schedule").flatMap((one) => {
    const { dead_letter_config: letters } = Object(one.target);
    return arrows([idOf(one)], refersTo(letters), "-.->");
  }),
  ...every("aws_lambda_function_event_invoke_config").flatMap((one) =>
    arrows(refersTo(one.function_name), refersTo(one.destination_config), "-.->"),
  ),
  ...every("aws_sqs_queue").flatMap((one) => arrows([idOf(one)], refersTo(one.redrive_policy), "-.->")),
];

function targetsOf({ target }: Resource): string[] {
  return refersTo(Object(target).arn);
}

/** The arrows of the page's diagrams, one a pair; `a & b --> c` is two. Nodes that are no resources are left out. */
function drawn(arrow: string): string[] {
  const diagrams = [...page.matchAll(/```mermaid\n(.*?)```/gs)].flatMap(([, text = ""]) => text.split("\n"));
  const known = (id: string) => Object.keys(KINDS).includes(id.split("_")[0] ?? "");
  return diagrams.flatMap((text) => {
    const [from, to, more] = text.trim().split(` ${arrow} `);
    if (from === undefined || to === undefined) return [];
    if (more !== undefined) throw new Error(`One arrow a line: ${text}`);
    const ends = [from, to].map((side) => side.split(" & ").map((node) => /^\w+/.exec(node.trim())?.[0] ?? ""));
    return arrows((ends[0] ?? []).filter(known), (ends[1] ?? []).filter(known), arrow);
  });
}

test("the diagrams draw what starts what, as the stack has it: no arrow more, and none less", () => {
  expect(drawn("-->").sort()).toEqual([...new Set(STARTS)].sort());
});

test("the diagrams draw where goes what could not be delivered", () => {
  expect(drawn("-.->").sort()).toEqual([...new Set(DEAD_LETTERS)].sort());
});

test("nothing that starts something is left out", () => {
  const text = page.slice(page.indexOf("```mermaid"));
  const missing = [...ids.values()].filter((id) => !new RegExp(`\\b${id}\\b`).test(text));
  // What people and programs subscribe to, and no run publishes by itself.
  expect(missing).toEqual(["topic_cost_alerts"]);
});
