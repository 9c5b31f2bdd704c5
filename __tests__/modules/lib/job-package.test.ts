import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { CURATED_TABLES, DATASETS } from "../../../contracts";
import { jobPackage, jobScript } from "../../../modules/lib/job-package";
import { JOB_NAMES } from "../../../modules/lib/naming";
import { inProject } from "../../../modules/lib/project";

const files = new Map(Object.entries(unzipSync(jobPackage())));

test("it holds every module of the package as it is", () => {
  const modules = readdirSync(inProject("jobs", "commerce_lake"), { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".py") && !path.startsWith("contracts"),
  );
  expect(modules.length).toBeGreaterThan(1);
  for (const path of modules) {
    const held = files.get(join("commerce_lake", path));
    expect(held && Buffer.from(held).toString()).toBe(readFileSync(inProject("jobs", "commerce_lake", path), "utf8"));
  }
});

test("it holds every contract where the package looks for it", () => {
  const expected = [
    "processed",
    ...DATASETS.map((name) => `datasets/${name}`),
    ...CURATED_TABLES.map((name) => `curated/${name}`),
  ].map((name) => `commerce_lake/contracts/${name}.json`);
  expect([...files.keys()]).toEqual(expect.arrayContaining(expected));
});

test("it holds nothing that is no code and no data", () => {
  expect([...files.keys()].filter((path) => !/\.(py|json|csv|typed)$/.test(path))).toEqual([]);
  expect([...files.keys()].filter((path) => path.includes("__pycache__"))).toEqual([]);
  expect([...files.keys()].filter((path) => path.endsWith(".ts"))).toEqual([]);
});

test.each(JOB_NAMES)("%s has a script", (name) => {
  expect(Buffer.from(jobScript(name)).toString()).toContain("def main(");
});
