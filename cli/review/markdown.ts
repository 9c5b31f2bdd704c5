import { printable } from "../../functions/lib/printable";
import { dollars, signed } from "../cost/show";
import { count } from "../lib/table";
import type { CostChange } from "./cost";
import type { Difference, Shown } from "./differences";
import type { Drift } from "./drift";
import { type Block, fitted } from "./fit";
import { type Grant, grantText, summarized } from "./grants";
import type { Rename } from "./renames";
import { KINDS, type Kind, type Review, type ReviewedChange } from "./review";
import type { Unknown } from "./unknowns";

/** Longest comment that GitHub takes, in characters. */
export const MAX_COMMENT = 65_536;

/** Longest value that is shown, in characters. */
const MAX_VALUE = 160;

const HEADLINES = {
  nothing: "nothing to do",
  changes: "changes",
  refused: "🔴 refused",
} as const;

const PAST: Readonly<Record<Kind, string>> = {
  replace: "replaced",
  delete: "deleted",
  forget: "forgotten",
  update: "updated",
  create: "created",
  move: "moved",
  import: "imported",
};

/** Why Terraform does what it does. @see https://developer.hashicorp.com/terraform/internals/json-format */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_cannot_update: "an attribute changes that cannot be changed in place",
  replace_because_tainted: "its last apply broke off",
  replace_by_request: "it was asked for with `-replace`",
  replace_by_triggers: "`replace_triggered_by` says so",
  delete_because_no_resource_config: "it is no longer in the stack",
  delete_because_no_module: "its module is no longer in the stack",
  delete_because_no_move_target: "it was moved to an address that is not in the stack",
  delete_because_wrong_repetition: "its repetition changed",
  delete_because_count_index: "its index is beyond the count",
  delete_because_each_key: "its key is no longer there",
};

/**
 * The review as a comment of a pull request: the verdict, then what may be lost, then the rest by importance. Where it would be too
 * long, what matters least is told in a line first, and it says so.
 *
 * @param max characters that it may have
 */
export function renderMarkdown(review: Review, max = MAX_COMMENT): string {
  return fitted(blocksOf(review), max);
}

/** In order of importance. */
function blocksOf(review: Review): Block[] {
  const { changes } = review;
  const goes = changes.filter(({ kind }) => kind === "replace" || kind === "delete" || kind === "forget");
  const others = (kind: Kind) => changes.filter((change) => change.kind === kind);
  return [
    headline(review),
    section("Goes", goes, goneText),
    listed("Renamed, it seems", review.renames.flatMap(renameText), `${count(review.renames.length)} resources`),
    listed(
      "Policy",
      review.findings.map(({ rule, breach }) => `- 🔴 ${code(breach)} breaks: ${plain(rule)}`),
    ),
    section(
      "Permissions",
      changes.filter(({ policies }) => policies.length > 0),
      policyText,
    ),
    section(
      "State machine",
      changes.filter(({ definition }) => definition !== undefined),
      definitionText,
    ),
    section(
      "Protection, encryption, retention, network, schedules",
      changes.filter(({ concerns }) => concerns.length > 0),
      concernText,
    ),
    costBlock(review.cost),
    section("Updated", others("update"), updateText),
    section("Moved", others("move"), ({ address, from = "" }) => [`- ${code(from)} → ${code(address)}`]),
    section("Imported", others("import"), ({ address }) => [`- ${code(address)}`]),
    section("Created", others("create"), ({ address }) => [`- ${code(address)}`]),
    listed(
      "Outputs that change",
      review.outputs.map((name) => `- ${code(name)}`),
    ),
    listed("Changed outside of Terraform", driftLines(review.drift)),
    listed("Known after apply", review.unknowns.map(unknownText), `${count(review.unknowns.length)} values`),
  ].filter(({ lines }, index) => index === 0 || lines.length > 0);
}

/** The lines of the bill that differ. */
function costBlock(cost: CostChange | undefined): Block {
  const lines = (cost?.changes ?? []).map(
    ({ service, item, before, after }) =>
      `- ${plain(service)}, ${plain(item)}: $${dollars(before)} → $${dollars(after)} (${signed(after - before)})`,
  );
  const unknown =
    cost === undefined || cost.unknown.length === 0
      ? []
      : [`- Not in it: ${cost.unknown.map((type) => code(type)).join(", ")}`];
  return listed("Monthly cost", lines.length === 0 ? [] : [...lines, ...unknown]);
}

function headline({ subject, verdict, counts, refusals, unneeded, terraform, cost }: Review): Block {
  const told = KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${count(counts[kind])} ${PAST[kind]}`);
  const money =
    cost === undefined
      ? "not known"
      : `$${dollars(cost.before)} → $${dollars(cost.after)} (${signed(cost.after - cost.before)})`;
  const head = [
    `## Plan of ${plain(subject)}: ${HEADLINES[verdict]}`,
    "",
    told.length === 0 ? "No resource changes." : `**${told.join(" · ")}**`,
    "",
    `Monthly cost: ${money}. <sub>Terraform ${plain(terraform)}</sub>`,
    "",
    ...(refusals.length === 0 ? [] : ["### Refused"]),
  ];
  const lines = [
    ...refusals.map(
      ({ address, why }) =>
        `- 🔴 ${plain(why, 600)}${address === undefined ? "" : ` Allow it with ${code(`--allow '${address}'`)}.`}`,
    ),
    ...unneeded.map((address) => `- ${code(`--allow '${address}'`)} is not needed: leave it out.`),
  ];
  return { head: head.join("\n"), lines, summary: `${count(refusals.length)} reasons` };
}

function section(
  title: string,
  changes: readonly ReviewedChange[],
  describe: (change: ReviewedChange) => readonly string[],
): Block {
  const types = new Map<string, number>();
  for (const { type } of changes) types.set(type, (types.get(type) ?? 0) + 1);
  const summary = [...types].sort(([, a], [, b]) => b - a).map(([type, number]) => `${count(number)} ${type}`);
  return listed(
    title,
    changes.flatMap(describe),
    `${count(changes.length)}: ${summary.slice(0, 20).join(", ")}${summary.length > 20 ? ", …" : ""}`,
  );
}

function listed(title: string, lines: readonly string[], summary = `${count(lines.length)} lines`): Block {
  return { head: `### ${title}`, lines, summary };
}

function goneText({ address, kind, loss, reason, differences }: ReviewedChange): string[] {
  const forced = differences.filter(({ forcesReplacement }) => forcesReplacement);
  return [
    `- ${loss === undefined ? "" : "🔴 "}${code(address)} is **${PAST[kind]}**${loss === undefined ? "" : `: lost is ${loss}`}${reason === undefined ? "" : ` (${REASONS[reason] ?? plain(reason)})`}`,
    ...forced.map((difference) => `  ${differenceText(difference)}, which an update cannot do`),
  ];
}

function policyText({ address, policies }: ReviewedChange): string[] {
  return policies.flatMap((policy) => {
    const { path, gained, lost, isUnknown, isBoundary, opens } = policy;
    const opening = new Set(opens);
    const lines = (sign: string, grants: readonly Grant[]) =>
      [true, false].flatMap((isOpening) =>
        summarized(grants.filter((grant) => opening.has(grant) === isOpening)).map(
          (grant) => `  - ${isOpening ? "🔴 " : ""}${sign} ${code(grantText(grant), 600)}`,
        ),
      );
    const isTold = gained.length + lost.length > 0;
    const note = isTold ? ", parts of which are known after apply" : ": what it says is known after apply";
    const boundary = isBoundary ? ", a boundary: what is allowed at most" : "";
    return [
      `- ${code(address)} ${plain(path)}${boundary}${isUnknown ? note : ""}`,
      ...lines("\\+", gained),
      ...lines("−", lost),
    ];
  });
}

function definitionText({ address, definition }: ReviewedChange): string[] {
  if (definition === undefined) return [];
  return [
    `- ${code(address)}`,
    ...definition.added.map((state) => `  - \\+ state ${code(state)}`),
    ...definition.removed.map((state) => `  - − state ${code(state)}`),
    ...definition.changed.flatMap(({ state, fields }) => [
      `  - state ${code(state)}`,
      ...fields.map((field) => `    - ${code(field, 400)}`),
    ]),
  ];
}

function concernText({ address, concerns }: ReviewedChange): string[] {
  return concerns.map(
    ({ topic, difference, isWorse }) =>
      `- ${isWorse ? "🔴 " : ""}${topic}: ${code(address)} ${differenceText(difference).slice(2)}`,
  );
}

/** Policies and definitions are told elsewhere, and better. */
function updateText({ address, differences, policies, definition }: ReviewedChange): string[] {
  const toldBetter = new Set([
    ...policies.map(({ path }) => path),
    ...(definition === undefined ? [] : ["definition"]),
  ]);
  const rest = differences.filter(({ path }) => !toldBetter.has(path));
  return [`- ${code(address)}`, ...rest.map((difference) => `  ${differenceText(difference)}`)];
}

/** What is known to mean nothing is only counted. */
function driftLines(drift: readonly Drift[]): string[] {
  const left = drift.reduce((sum, { noise }) => sum + noise.length, 0);
  return [
    ...drift
      .filter(({ isGone, differences }) => isGone || differences.length > 0)
      .flatMap(({ address, isGone, differences }) => [
        `- ${code(address)}${isGone ? " is **gone**" : ""}`,
        ...differences.map((one) => `  ${differenceText(one)}`),
      ]),
    ...(left === 0
      ? []
      : [`- ${count(left)} known differences that mean nothing: the JSON review has each with its reason.`]),
  ];
}

function renameText({ from, to }: Rename): string[] {
  return [
    `- ${code(`moved { from = ${from}, to = ${to} }`)}: write the paths of the construct, before and now, into ${code("envs/renames.ts")}`,
  ];
}

function unknownText({ address, path, from }: Unknown): string {
  const why =
    from.length === 0
      ? "the provider sets it"
      : `made from ${from
          .slice(0, 5)
          .map((one) => code(one))
          .join(", ")}`;
  return `- ${code(address)} ${code(path)}: ${why}`;
}

function differenceText({ path, before, after }: Difference): string {
  return `- ${code(path)}: ${shownText(before)} → ${shownText(after)}`;
}

function shownText(shown: Shown): string {
  switch (shown.kind) {
    case "absent":
      return "nothing";
    case "sensitive":
      return "(not shown)";
    case "unknown":
      return "(known after apply)";
    case "value":
      return code(typeof shown.value === "string" ? shown.value : JSON.stringify(shown.value), MAX_VALUE);
  }
}

/** A text from a plan as code: nothing in it is markup, a mention, or a line break. */
function code(text: string, max = 300): string {
  const safe = printable(text, max);
  if (safe === "") return '`""`';
  const fence = "`".repeat(1 + Math.max(0, ...[...safe.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const pad = safe.startsWith("`") || safe.endsWith("`") ? " " : "";
  return `${fence}${pad}${safe}${pad}${fence}`;
}

/** A text from a plan among prose. */
function plain(text: string, max = 200): string {
  return printable(text, max).replace(/[\\`*_{}[\]<>()#+!|@]/g, (char) => `\\${char}`);
}
