import { ENVIRONMENT_NAMES } from "../envs";
import { synthesizeEnvironment } from "./modules/support/synthesis";

/** What `local` does without, each with its reason. */
const NOT_LOCAL: Readonly<Record<string, string>> = {
  aws_s3_bucket_lifecycle_configuration: "nothing ages in a lake that lives as long as a terminal window",
};

/** Where the VPC's parts are, and what is made for it elsewhere. */
const OF_NETWORK = /\.Network_/;

// A changed address destroys and makes anew what bore the old one, unless envs/renames.ts says so: review every line that changes here.
test.each(ENVIRONMENT_NAMES)("the addresses of %s", (name) => {
  expect(synthesizeEnvironment(name).addresses()).toMatchSnapshot();
});

test("staging and prod have the same resources", () => {
  expect(synthesizeEnvironment("staging").addresses()).toEqual(synthesizeEnvironment("prod").addresses());
});

test("dev has what prod has, but for the VPC, whose endpoints would cost more than all else that dev uses", () => {
  const prod = synthesizeEnvironment("prod").addresses();
  expect(prod.filter((address) => OF_NETWORK.test(address))).not.toEqual([]);
  expect(synthesizeEnvironment("dev").addresses()).toEqual(prod.filter((address) => !OF_NETWORK.test(address)));
});

test("local has what dev has, but for what is listed with its reason", () => {
  const local = synthesizeEnvironment("local").addresses();
  const dev = synthesizeEnvironment("dev").addresses();
  expect(local.filter((address) => !dev.includes(address))).toEqual([]);
  const missing = dev.filter((address) => !local.includes(address)).map((address) => address.split(".")[0]);
  expect([...new Set(missing)]).toEqual(Object.keys(NOT_LOCAL));
});
