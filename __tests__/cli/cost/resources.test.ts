import { resourcesOf } from "../../../cli/cost";

const key = { enable_key_rotation: true };

test("a synthesized stack", () => {
  const stack = { terraform: {}, resource: { aws_kms_key: { LogsKey: key } }, data: { aws_region: { Region: {} } } };
  expect(resourcesOf(stack, "after", "cdk.tf.json")).toEqual([
    { address: "aws_kms_key.LogsKey", type: "aws_kms_key", values: key },
  ]);
  expect(resourcesOf({ terraform: {} }, "after", "cdk.tf.json")).toEqual([]);
});

test("a plan has two sides: what is there, and what will be", () => {
  const change = (address: string, before: object | null, after: object | null, mode = "managed") => ({
    address,
    mode,
    type: address.split(".")[0],
    change: { actions: ["no-op"], before, after },
  });
  const plan = {
    format_version: "1.2",
    resource_changes: [
      change("aws_kms_key.Old", key, null),
      change("aws_kms_key.New", null, key),
      change("aws_kms_key.Same", key, key),
      change("aws_region.Region", key, key, "data"),
    ],
  };
  const addresses = (side: "before" | "after") => resourcesOf(plan, side, "plan.json").map(({ address }) => address);
  expect(addresses("before")).toEqual(["aws_kms_key.Old", "aws_kms_key.Same"]);
  expect(addresses("after")).toEqual(["aws_kms_key.New", "aws_kms_key.Same"]);
});

test("a state, its modules among it", () => {
  const one = (address: string) => ({ address, mode: "managed", type: "aws_kms_key", values: key });
  const state = {
    format_version: "1.0",
    values: {
      root_module: {
        resources: [one("aws_kms_key.A"), { ...one("data.aws_kms_key.B"), mode: "data" }],
        child_modules: [{ resources: [one("module.m.aws_kms_key.C")] }],
      },
    },
  };
  expect(resourcesOf(state, "after", "state.json").map(({ address }) => address)).toEqual([
    "aws_kms_key.A",
    "module.m.aws_kms_key.C",
  ]);
  expect(resourcesOf({ format_version: "1.0" }, "after", "state.json")).toEqual([]);
});

test.each([
  [[], "no JSON object"],
  ["text", "no JSON object"],
  [{ lines: [], total: 3 }, "an object with lines, total"],
  [{}, "nothing in it"],
])("%j is nothing whose cost can be told, and what would be is said", (document, received) => {
  expect(() => resourcesOf(document, "after", "bill.json")).toThrow(
    new RegExp(`bill\\.json is no stack whose cost can be told: it is .*${received}[^]*npm run synth`),
  );
});
