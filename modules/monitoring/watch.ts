import { Aspects, type IAspect, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { type AlarmLimits, isMeasured, type Measures } from "../lib/measures";

/**
 * Has everything of a stack that says by what it can be watched watched, once the stack is complete: whatever the order in which it is built, what is
 * there is shown and has its alarms.
 *
 * @param make takes all of it, at synthesis.
 */
export function watchStack(scope: Construct, limits: AlarmLimits, make: (measures: Measures) => void): void {
  const stack = TerraformStack.of(scope);
  Aspects.of(stack).add(new Watch(stack, limits, make));
}

class Watch implements IAspect {
  private done = false;

  constructor(
    private readonly stack: TerraformStack,
    private readonly limits: AlarmLimits,
    private readonly make: (measures: Measures) => void,
  ) {}

  visit(node: IConstruct): void {
    // The stack is visited before what is in it: aspects that come after find what is made here.
    if (node !== this.stack || this.done) return;
    this.done = true;
    const measures = this.stack.node
      .findAll()
      .filter(isMeasured)
      .map((one) => one.measures(this.limits));
    this.make({
      charts: measures.flatMap(({ charts }) => charts),
      // In an order that does not depend on what was built first: rules over alarms name them in it.
      alarms: measures.flatMap(({ alarms }) => alarms).sort((a, b) => (a.of < b.of ? -1 : 1)),
    });
  }
}
