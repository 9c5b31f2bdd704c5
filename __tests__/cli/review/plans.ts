import type { Plan, PlanAction, PlanValue, ResourceChange } from "../../../cli/review/plan";

type Values = Readonly<Record<string, PlanValue>>;

/** A resource of a plan; its kind follows from which of the values there are. */
export function resource(
  address: string,
  before: Values | null,
  after: Values | null,
  more: Partial<ResourceChange["change"]> & {
    readonly replace?: boolean;
    readonly from?: string;
    readonly mode?: "data";
  } = {},
): ResourceChange {
  const { replace = false, from, mode = "managed", ...change } = more;
  const actions: PlanAction[] = replace
    ? ["delete", "create"]
    : before === null
      ? [after === null ? "no-op" : "create"]
      : after === null
        ? ["delete"]
        : [JSON.stringify(before) === JSON.stringify(after) ? "no-op" : "update"];
  return {
    address,
    type: address.split(".")[0] ?? "",
    mode,
    change: { actions, before, after, ...change },
    ...(from === undefined ? {} : { previous_address: from }),
  };
}

export function planOf(...resource_changes: ResourceChange[]): Plan {
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    resource_changes,
    resource_drift: [],
    data: [],
    output_changes: {},
    references: new Map(),
    errored: false,
  };
}

export const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
