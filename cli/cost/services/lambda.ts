import { FUNCTION_NAMES, type FunctionName } from "../../../modules/lib/naming";
import { DAYS_PER_MONTH, HOURS_PER_MONTH, type Line, line, of } from "../bill";
import { type Attributes, numberOf, type Resource, textOf } from "../resources";
import { memoryGb, type Stack } from "../stack";
import type { Usage } from "../usage";
import type { Service } from "./service";

const SERVICE = "Lambda";
const VALIDATOR: FunctionName = "validate-file";
/** MB of memory that come with one vCPU. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const VCPU_MB = 1769;
/** Seconds to start, to claim a file and to enter it. */
const SECONDS_PER_FILE = 1;

/** A function's name without what names the environment. */
const shortName = (values: Attributes) => {
  const name = textOf(values, "function_name");
  return FUNCTION_NAMES.find((known) => name.includes(known)) ?? name;
};

/** Calls of a function in a month, and the seconds of all of them. */
function work(fn: Resource, { profile, runs, filesPerMonth }: Usage): { calls: number; seconds: number } {
  if (shortName(fn.values) !== VALIDATOR) {
    return { calls: runs, seconds: runs * profile.functionSeconds };
  }
  // Less memory, less of a processor; a second one does not help a function that streams.
  const speed = profile.validatorMbPerSecond * Math.min(1, (memoryGb(fn) * 1024) / VCPU_MB);
  const reading = (profile.gbPerDay * DAYS_PER_MONTH * 1000) / speed;
  return { calls: filesPerMonth, seconds: reading + filesPerMonth * SECONDS_PER_FILE };
}

function provisioned(stack: Stack): Line[] {
  const functions = stack.ofType("aws_lambda_function");
  return stack.ofType("aws_lambda_provisioned_concurrency_config").map(({ values }) => {
    const named = textOf(values, "function_name");
    const fn = functions.find(
      ({ address, values: { function_name: name } }) => named === name || named.includes(`${address}.`),
    );
    const name = fn === undefined ? named : shortName(fn.values);
    return line(
      { service: SERVICE, item: `Kept warm, ${name}`, kind: "fixed", price: "lambda.provisioned" },
      of(numberOf(values, "provisioned_concurrent_executions", 0), "instances"),
      of(fn === undefined ? 0 : memoryGb(fn), "GB"),
      of(HOURS_PER_MONTH * 3600, "s"),
    );
  });
}

/** The functions: their calls, the time they take, and what is kept warm. */
export const lambda: Service = {
  types: [
    "aws_lambda_function",
    "aws_lambda_alias",
    "aws_lambda_provisioned_concurrency_config",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_permission",
    "aws_lambda_code_signing_config",
    "aws_signer_signing_profile",
    "aws_signer_signing_job",
  ],
  lines: (stack, usage) => {
    const functions = stack.ofType("aws_lambda_function").map((fn) => ({ fn, ...work(fn, usage) }));
    const calls = functions.reduce((sum, one) => sum + one.calls, 0);
    const traced = functions.filter(({ fn }) => JSON.stringify(fn.values.tracing_config ?? "").includes("Active"));
    return [
      ...functions.map(({ fn, seconds }) =>
        line(
          {
            service: SERVICE,
            item: `Duration, ${shortName(fn.values)}`,
            kind: "usage",
            price: "lambda.duration",
          },
          of(seconds, "s"),
          of(memoryGb(fn), "GB"),
        ),
      ),
      line({ service: SERVICE, item: "Calls", kind: "usage", price: "lambda.request" }, of(calls, "calls")),
      ...provisioned(stack),
      line(
        { service: "X-Ray", item: "Traces", kind: "usage", price: "xRay.trace" },
        of(
          traced.reduce((sum, one) => sum + one.calls, 0),
          "calls",
        ),
      ),
    ];
  },
};
