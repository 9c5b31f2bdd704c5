import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { apply } from "../../../cli/commands/apply";
import { reviewPlan } from "../../../cli/review/review";
import { planOf, resource } from "../review/plans";

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-apply-"));
afterAll(() => rmSync(folder, { recursive: true }));

const reviewed = (subject: string, ...resources: ReturnType<typeof resource>[]) => {
  writeFileSync(path.join(folder, "tfplan"), "");
  writeFileSync(path.join(folder, "review.json"), JSON.stringify(reviewPlan(planOf(...resources), subject)));
};

test("without a plan nothing is applied", async () => {
  await expect(apply({ env: "dev", plan: path.join(folder, "nowhere") })).rejects.toThrow(
    "npm run plan -- --env dev --out",
  );
});

test("nor is one of another environment", async () => {
  reviewed("staging");
  await expect(apply({ env: "prod", plan: folder })).rejects.toThrow(/is of staging, not of prod/);
});

test("nor one that its review refused, with the reasons", async () => {
  reviewed("dev", resource("aws_dynamodb_table.T", { name: "t" }, null));
  await expect(apply({ env: "dev", plan: folder })).rejects.toThrow(
    /was refused:\n {2}aws_dynamodb_table\.T is deleted/,
  );
});

test("one with nothing to do is done", async () => {
  reviewed("dev");
  const log = jest.spyOn(console, "log").mockImplementation(() => {});
  await apply({ env: "dev", plan: folder });
  expect(log).toHaveBeenCalledWith("There is nothing to do in dev.");
  log.mockRestore();
});
