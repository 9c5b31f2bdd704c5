import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { apply } from "../../../cli/commands/apply";
import { digestOf } from "../../../cli/lib/digest";
import { RefusedError } from "../../../cli/lib/errors";
import { reviewPlan } from "../../../cli/review/review";
import { planOf, resource } from "../review/plans";

// What goes on to Terraform is in __tests__/plans/environments.test.ts: everything here ends before.
const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-apply-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string) => path.join(folder, name);
const reviewed = (subject: string, ...resources: ReturnType<typeof resource>[]) => {
  writeFileSync(file("tfplan"), "a plan");
  writeFileSync(file("providers.lock.hcl"), "");
  const planned = { plan: digestOf(file("tfplan")), stack: "unknown" };
  writeFileSync(file("review.json"), JSON.stringify({ ...reviewPlan(planOf(...resources), subject), planned }));
};
const failure = (env: string, plan = folder): Promise<unknown> =>
  apply({ env, plan }).then(
    () => undefined,
    (error) => error,
  );

test("without a plan nothing is applied", async () => {
  expect(String(await failure("dev", file("nowhere")))).toContain("npm run plan -- --env dev --out");
});

test.each(["tfplan", "providers.lock.hcl", "review.json"])("nor without its %s", async (name) => {
  reviewed("dev");
  rmSync(file(name));
  expect(String(await failure("dev"))).toContain(`There is no ${file(name)}`);
});

test("nor with a review that is cut off", async () => {
  reviewed("dev");
  writeFileSync(file("review.json"), '{"version": 1,');
  expect(String(await failure("dev"))).toContain("is no review: ");
});

test("nor is one of another environment", async () => {
  reviewed("staging");
  const refusal = await failure("prod");
  expect(refusal).toBeInstanceOf(RefusedError);
  expect(String(refusal)).toMatch(/is of staging, not of prod/);
});

test.each([
  ["refused", resource("aws_dynamodb_table.T", { name: "t" }, null)],
  ["let through", resource("aws_sqs_queue.Q", null, { name: "q" })],
  ["found nothing in", undefined],
])("nor one that is another than the one that its review %s", async (_, change) => {
  reviewed("dev", ...(change === undefined ? [] : [change]));
  writeFileSync(file("tfplan"), "another plan");
  const refusal = await failure("dev");
  expect(refusal).toBeInstanceOf(RefusedError);
  expect(String(refusal)).toContain("is not the plan that was reviewed");
});

test("nor one whose review was made of its JSON alone", async () => {
  reviewed("dev");
  writeFileSync(file("review.json"), JSON.stringify(reviewPlan(planOf(), "dev")));
  expect(await failure("dev")).toBeInstanceOf(RefusedError);
});

test("nor one that its review refused, with the reasons", async () => {
  reviewed("dev", resource("aws_dynamodb_table.T", { name: "t" }, null));
  const refusal = await failure("dev");
  expect(refusal).toBeInstanceOf(RefusedError);
  expect(String(refusal)).toMatch(/was refused:\n {2}aws_dynamodb_table\.T is deleted/);
});

test("one with nothing to do is done", async () => {
  reviewed("dev");
  const log = jest.spyOn(console, "log").mockImplementation(() => {});
  await apply({ env: "dev", plan: folder });
  expect(log).toHaveBeenCalledWith("There is nothing to do in dev.");
  log.mockRestore();
});
