import { ENVIRONMENT_NAMES } from "../envs";
import { synthesizeEnvironment } from "./modules/support/synthesis";

/** What `local` does without, each with its reason. */
const NOT_LOCAL: Readonly<Record<string, string>> = {
  aws_s3_bucket_lifecycle_configuration: "nothing ages in a lake that lives as long as a terminal window",
};

// A changed address destroys and makes anew what bore the old one: review every line that changes here.
test.each(ENVIRONMENT_NAMES)("the addresses of %s", (name) => {
  expect(synthesizeEnvironment(name).addresses()).toMatchSnapshot();
});

test("dev, staging and prod have the same resources", () => {
  const [dev, staging, prod] = ["dev", "staging", "prod"].map((name) => synthesizeEnvironment(name).addresses());
  expect(staging).toEqual(dev);
  expect(prod).toEqual(dev);
});

test("local has what prod has, but for what is listed with its reason", () => {
  const local = synthesizeEnvironment("local").addresses();
  const prod = synthesizeEnvironment("prod").addresses();
  expect(local.filter((address) => !prod.includes(address))).toEqual([]);
  const missing = prod.filter((address) => !local.includes(address)).map((address) => address.split(".")[0]);
  expect([...new Set(missing)]).toEqual(Object.keys(NOT_LOCAL));
});
