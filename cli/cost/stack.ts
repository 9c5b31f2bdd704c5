import { type Attributes, blocksOf, numberOf, type Resource, textOf } from "./resources";
import { timesPerMonth } from "./schedule";

/** The resources of a stack, by type. */
export interface Stack {
  readonly resources: readonly Resource[];
  /** All of some types. */
  ofType(...types: readonly string[]): readonly Resource[];
  /** How many of a type. */
  count(type: string): number;
}

export function stackOf(resources: readonly Resource[]): Stack {
  const ofType = (...types: readonly string[]) => resources.filter(({ type }) => types.includes(type));
  return { resources, ofType, count: (type) => ofType(type).length };
}

/** How often in a month the stack's own schedules start runs. */
export function scheduledRuns(stack: Stack): number {
  return stack
    .ofType("aws_scheduler_schedule")
    .filter(({ values }) => values.state !== "DISABLED" && startsRun(values))
    .reduce((sum, { values }) => sum + timesPerMonth(textOf(values, "schedule_expression")), 0);
}

/** Whether a schedule starts the state machine, and not a function. Before the first apply a plan knows no ARN, but what the schedule says. */
function startsRun(values: Attributes): boolean {
  return blocksOf(values, "target").some((target) => {
    const arn = textOf(target, "arn");
    return arn === ""
      ? textOf(target, "input").includes('"trigger"')
      : arn.includes("aws_sfn_state_machine.") || arn.includes(":stateMachine:");
  });
}

/** Availability zones that a stack's subnets lie in. */
export function zonesOf(stack: Stack): number {
  return new Set(
    stack.ofType("aws_subnet").map(({ values, address }) => textOf(values, "availability_zone") || address),
  ).size;
}

/** GB of memory of a function. */
export function memoryGb({ values }: Resource): number {
  return numberOf(values, "memory_size", 128) / 1024;
}

/** Whether any of the blocks of a name is switched on. */
export function enabled({ values }: Resource, block: string): boolean {
  return blocksOf(values, block).some((one) => one.enabled === true);
}
