import fc from "fast-check";
import { renderMarkdown } from "../../../cli/review/markdown";
import { type PlanValue, parsePlan } from "../../../cli/review/plan";
import { reviewPlan } from "../../../cli/review/review";

/** What must never be seen; every marked text holds it. */
const SECRET = "hunter2";

/** A value, and Terraform's marks beside it. */
interface Marked {
  readonly value: PlanValue;
  readonly mark: PlanValue;
}

const names = fc.constantFrom("policy", "definition", "inline_policy", "tags", "a", "b", "__proto__", "principal");

/** Texts that reviews read: policies and definitions among them, with a word that may be the secret. */
const text = (word: string) =>
  fc.constantFrom(
    word,
    JSON.stringify({ Statement: [{ Effect: "Allow", Action: word, Resource: "*" }] }),
    JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Comment: word } } }),
  );

const { value: marked } = fc.letrec<{ value: Marked }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text(SECRET).map((value) => ({ value, mark: true })),
    text("plain").map((value) => ({ value, mark: false })),
    fc.constant({ value: null, mark: false }),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => ({
      value: items.map(({ value }) => value),
      mark: items.map(({ mark }) => mark),
    })),
    fc.dictionary(names, tie("value"), { maxKeys: 3 }).map((members) => ({
      value: Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value])),
      mark: Object.fromEntries(Object.entries(members).map(([name, { mark }]) => [name, mark])),
    })),
    // A whole that is marked, whatever is in it.
    fc.dictionary(fc.constantFrom("a", SECRET), text(SECRET), { maxKeys: 2 }).map((value) => ({ value, mark: true })),
  ),
}));

const side = fc.dictionary(names, marked, { maxKeys: 4 }).map((members) => ({
  value: Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value])),
  mark: Object.fromEntries(Object.entries(members).map(([name, { mark }]) => [name, mark])),
}));

const change = fc.record({
  type: fc.constantFrom(
    "aws_x",
    "aws_iam_role",
    "aws_iam_policy",
    "aws_lambda_permission",
    "aws_sfn_state_machine",
    "aws_s3_bucket",
    "aws_lakeformation_permissions",
    "aws_iam_role_policy_attachment",
  ),
  actions: fc.constantFrom(["update"], ["create"], ["delete"], ["delete", "create"]),
  before: side,
  after: side,
});

test("no text that Terraform marks is shown, wherever it stands and whatever becomes of it", () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const resources = changes.map(({ type, actions, before, after }, index) => ({
        address: `${type}.R${index}`,
        type,
        mode: "managed",
        change: {
          actions,
          before: before.value,
          after: after.value,
          before_sensitive: before.mark,
          after_sensitive: after.mark,
        },
      }));
      const outputs = Object.fromEntries(
        changes.map(({ before, after }, index) => [
          `o${index}`,
          {
            actions: ["update"],
            before: before.value,
            after: after.value,
            before_sensitive: true,
            after_sensitive: true,
          },
        ]),
      );
      const json = JSON.stringify({
        format_version: "1.2",
        resource_changes: resources,
        resource_drift: resources,
        output_changes: outputs,
      });
      const review = reviewPlan(parsePlan(json, "plan.json"), "prod");
      expect(renderMarkdown(review)).not.toContain(SECRET);
      expect(JSON.stringify(review)).not.toContain(SECRET);
    }),
    { numRuns: 200 },
  );
});
