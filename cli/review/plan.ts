import { CliError } from "../lib/errors";

/** A value of a plan. */
export type PlanValue =
  | string
  | number
  | boolean
  | null
  | readonly PlanValue[]
  | { readonly [name: string]: PlanValue };

/** What Terraform means to do with a resource. */
export type PlanAction = "no-op" | "create" | "read" | "update" | "delete" | "forget";

/** A change of a resource or an output, as `terraform show -json` writes it. */
export interface PlanChange {
  readonly actions: readonly PlanAction[];
  readonly before: PlanValue;
  readonly after: PlanValue;
  /** `true` in the place of each value that is known after apply only. */
  readonly after_unknown?: PlanValue;
  /** `true` in the place of each value that must not be shown. */
  readonly before_sensitive?: PlanValue;
  readonly after_sensitive?: PlanValue;
  /** Attributes that force a replacement. */
  readonly replace_paths?: readonly (readonly (string | number)[])[];
  readonly importing?: PlanValue;
}

/** A resource of a plan. */
export interface ResourceChange {
  readonly address: string;
  /** Its address in the state, where a `moved` block gives it another. */
  readonly previous_address?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly change: PlanChange;
  readonly action_reason?: string;
}

/** A plan, as far as a review reads it. */
export interface Plan {
  readonly format_version: string;
  readonly terraform_version: string;
  readonly resource_changes: readonly ResourceChange[];
  /** What was changed outside of Terraform since it last applied. */
  readonly resource_drift: readonly ResourceChange[];
  /** Data sources that were read while planning, as what they found. */
  readonly data: readonly ResourceChange[];
  readonly output_changes: Readonly<Record<string, PlanChange>>;
  /** What each attribute of a resource is made from, by the addresses that its expression names. */
  readonly references: ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>;
  /** Whether planning went wrong half-way: then the plan is not all of it. */
  readonly errored: boolean;
}

const ACTIONS: readonly string[] = ["no-op", "create", "read", "update", "delete", "forget"] satisfies PlanAction[];

/**
 * Reads what `terraform show -json` says of a plan.
 *
 * @param text the JSON
 * @param place where it is from, for messages
 * @throws CliError where it is no plan, or one of a format that is not known here
 */
export function parsePlan(text: string, place: string): Plan {
  const document = parseJson(text, place);
  if (!isObject(document)) throw notAPlan(place, "it is no JSON object");
  const version = document.format_version;
  if (typeof version !== "string" || !("resource_changes" in document || "planned_values" in document)) {
    const isState = "values" in document && "terraform_version" in document;
    throw notAPlan(place, isState ? "it is a state" : "it has no format_version and no planned_values");
  }
  // https://developer.hashicorp.com/terraform/internals/json-format: minor versions add, a major one changes.
  if (!/^1\./.test(version)) {
    throw new CliError(
      `${place} is a plan of format ${JSON.stringify(version)}; formats 1.x are known. Review it with the Terraform that wrote it, or update this project.`,
    );
  }
  return {
    format_version: version,
    terraform_version: textOf(document.terraform_version),
    resource_changes: list(document.resource_changes).map((entry) => resourceChange(entry, place)),
    resource_drift: list(document.resource_drift).map((entry) => resourceChange(entry, place)),
    data: dataOf(document.prior_state),
    output_changes: Object.fromEntries(
      Object.entries(isObject(document.output_changes) ? document.output_changes : {}).map(([name, entry]) => [
        name,
        planChange(entry, `${place}: output ${name}`),
      ]),
    ),
    references: referencesOf(document.configuration),
    errored: document.errored === true,
  };
}

function parseJson(text: string, place: string): PlanValue {
  try {
    // JSON.parse gives nothing else.
    return JSON.parse(text) as PlanValue;
  } catch (error) {
    // The message quotes the text, which may hold what must not be shown.
    const where = /position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0] ?? "an unknown place";
    const isBinary = text.startsWith("PK");
    throw notAPlan(
      place,
      isBinary
        ? "it is the plan itself: show it as JSON first"
        : text === ""
          ? "it is empty"
          : `its JSON breaks at ${where}`,
    );
  }
}

function notAPlan(place: string, why: string): CliError {
  return new CliError(
    `${place} is no plan of Terraform as JSON: ${why}.\n  terraform plan -out tfplan && terraform show -json tfplan > plan.json`,
  );
}

function resourceChange(entry: PlanValue | undefined, place: string): ResourceChange {
  if (!isObject(entry) || typeof entry.address !== "string" || typeof entry.type !== "string") {
    throw notAPlan(place, "one of its resources has no address or no type");
  }
  const { address, type, mode, previous_address, action_reason } = entry;
  return {
    address,
    type,
    mode: mode === "data" ? "data" : "managed",
    change: planChange(entry.change, `${place}: ${address}`),
    ...(typeof previous_address === "string" ? { previous_address } : {}),
    ...(typeof action_reason === "string" ? { action_reason } : {}),
  };
}

/** The data sources of a state. */
function dataOf(state: PlanValue | undefined): ResourceChange[] {
  const values = isObject(state) && isObject(state.values) ? state.values : {};
  const root = isObject(values.root_module) ? list(values.root_module.resources) : [];
  return root.flatMap((resource) => {
    if (!isObject(resource) || resource.mode !== "data") return [];
    const { address, type, values: after = null, sensitive_values: after_sensitive } = resource;
    if (typeof address !== "string" || typeof type !== "string") return [];
    const change: PlanChange = { actions: ["no-op"], before: after, after, ...present({ after_sensitive }) };
    return [{ address, type, mode: "data", change }];
  });
}

/** What the resources of a configuration refer to, attribute by attribute. Those inside of modules are left out: their expressions name what only the module knows. */
function referencesOf(configuration: PlanValue | undefined): Plan["references"] {
  const root = isObject(configuration) && isObject(configuration.root_module) ? configuration.root_module : {};
  return new Map(
    list(root.resources).flatMap((resource) => {
      if (!isObject(resource) || typeof resource.address !== "string" || !isObject(resource.expressions)) return [];
      const named = Object.entries(resource.expressions).map(([name, part]) => [name, addressesIn(part)] as const);
      return [[resource.address, Object.fromEntries(named.filter(([, addresses]) => addresses.length > 0))] as const];
    }),
  );
}

/** The resources that an expression, or the blocks of one, refer to: of `aws_sqs_queue.Q.arn`, `aws_sqs_queue.Q`. */
function addressesIn(expression: PlanValue): string[] {
  if (Array.isArray(expression)) return distinct(expression.flatMap(addressesIn));
  if (!isObject(expression)) return [];
  return distinct(
    Object.entries(expression).flatMap(([name, part]) =>
      name === "references"
        ? list(part).flatMap((one) => /^(?:data\.)?\w+\.[\w-]+/.exec(textOf(one))?.[0] ?? [])
        : addressesIn(part),
    ),
  );
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

function planChange(entry: PlanValue | undefined, place: string): PlanChange {
  const actions = isObject(entry) ? list(entry.actions) : [];
  if (!isObject(entry) || actions.length === 0 || !actions.every(isAction)) {
    throw notAPlan(place, `its actions are ${JSON.stringify(actions)}; known are ${ACTIONS.join(", ")}`);
  }
  const { before = null, after = null, after_unknown, before_sensitive, after_sensitive, importing } = entry;
  const paths = list(entry.replace_paths).map((path) => list(path).filter((step) => typeof step !== "object"));
  return {
    actions,
    before,
    after,
    ...present({ after_unknown, before_sensitive, after_sensitive, importing }),
    ...(paths.length === 0
      ? {}
      : { replace_paths: paths.map((path) => path.map((step) => (typeof step === "number" ? step : String(step)))) }),
  };
}

function present(values: Readonly<Record<string, PlanValue | undefined>>): Record<string, PlanValue> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, PlanValue] => entry[1] !== undefined && entry[1] !== null),
  );
}

function isAction(value: PlanValue): value is PlanAction {
  return typeof value === "string" && ACTIONS.includes(value);
}

function list(value: PlanValue | undefined): readonly PlanValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: PlanValue | undefined): string {
  return typeof value === "string" ? value : "unknown";
}

/** Whether a value of a plan is an object. */
export function isObject(value: PlanValue | undefined): value is { readonly [name: string]: PlanValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON that a text holds; undefined where it holds none. */
export function jsonOf(text: PlanValue | undefined): PlanValue | undefined {
  if (typeof text !== "string") return undefined;
  try {
    // JSON.parse gives nothing else.
    return JSON.parse(text) as PlanValue;
  } catch {
    return undefined;
  }
}
