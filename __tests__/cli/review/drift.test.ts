import { driftOf } from "../../../cli/review/drift";
import { planOf, resource } from "./plans";

const drift = (...resource_drift: ReturnType<typeof resource>[]) => driftOf({ ...planOf(), resource_drift });

test("what somebody changed is drift; what mirrors other resources and defaults that are written down are noise, with the reason", () => {
  const bucket = resource(
    "aws_s3_bucket.B",
    { force_destroy: false, policy: "" },
    { force_destroy: true, policy: "{}", request_payer: "BucketOwner" },
  );
  const [one] = drift(bucket);
  expect(one?.differences.map(({ path }) => path)).toEqual(["force_destroy"]);
  expect(one?.noise).toEqual([
    { path: "policy", why: expect.stringContaining("mirrors") },
    { path: "request_payer", why: expect.stringContaining("mirrors") },
  ]);
  expect(drift(resource("aws_x.X", { a: 1 }, { a: 1, on: false }))).toMatchObject([
    { differences: [], noise: [{ path: "on", why: expect.stringContaining("default") }] },
  ]);
});

test("a value that says something is no default", () => {
  expect(drift(resource("aws_x.X", {}, { on: true }))).toMatchObject([{ differences: [{ path: "on" }], noise: [] }]);
});

test("what is gone is drift, and data sources are none", () => {
  expect(drift(resource("aws_x.X", { a: 1 }, null), resource("aws_x.D", null, { a: 1 }, { mode: "data" }))).toEqual([
    { address: "aws_x.X", isGone: true, differences: [], noise: [] },
  ]);
});
