import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { UsageError } from "../../../cli/lib/errors";
import { findFiles, rawKey } from "../../../cli/lib/upload";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "upload-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(name: string, text = "x"): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

test("files are found by dataset, those in folders below with their path; hidden ones are left alone", () => {
  put("reviews/b.csv");
  put("reviews/a b é.csv", "four");
  put("transactions/shop-1/2025/x.csv");
  put("transactions/.DS_Store");
  put("transactions/.git/config");
  put(".hidden/x");
  put("notes.txt");
  expect(findFiles(folder).map(({ dataset, name, bytes }) => [dataset, name, bytes])).toEqual([
    ["transactions", "shop-1/2025/x.csv", 1],
    ["reviews", "a b é.csv", 4],
    ["reviews", "b.csv", 1],
  ]);
});

test("missing folders are fine, all of them even", () => {
  expect(findFiles(folder)).toEqual([]);
});

test("a folder that is no dataset's is an error that lists the known ones", () => {
  put("transaction/a.csv");
  put("orders/a.csv");
  put("products/a.json");
  expect(() => findFiles(folder)).toThrow(UsageError);
  expect(() => findFiles(folder)).toThrow(
    /orders\/, transaction\/, which is no dataset\. The datasets are transactions, products, clickstream, reviews\./,
  );
});

test("a folder that is not there is an error", () => {
  put("file");
  expect(() => findFiles(path.join(folder, "nope"))).toThrow(/There is no folder .*nope/);
  expect(() => findFiles(path.join(folder, "file"))).toThrow(UsageError);
});

test("a file's place in the raw zone", () => {
  const file = { dataset: "reviews", file: "/x/reviews/shop/a.csv", name: "shop/a.csv", bytes: 1 } as const;
  expect(rawKey(file, "2025-01-31")).toBe("raw/reviews/date=2025-01-31/shop/a.csv");
});
