import { objectLink } from "../../../functions/lib/object-link";

const KEY = "runs/date=2025-01-15/run=r1/quality.html";
const ENCODED = "runs%2Fdate%3D2025-01-15%2Frun%3Dr1%2Fquality.html";

test.each([
  ["eu-central-1", `https://eu-central-1.console.aws.amazon.com/s3/object/lake?region=eu-central-1&prefix=${ENCODED}`],
  ["cn-north-1", `https://console.amazonaws.cn/s3/object/lake?region=cn-north-1&prefix=${ENCODED}`],
  ["us-gov-west-1", `https://console.amazonaws-us-gov.com/s3/object/lake?region=us-gov-west-1&prefix=${ENCODED}`],
])("in %s an object is opened in the console of its partition", (AWS_REGION, link) => {
  expect(objectLink("lake", KEY, { AWS_REGION })).toBe(link);
});

test("without a region the console finds it", () => {
  expect(objectLink("lake", "a b", {})).toBe("https://console.aws.amazon.com/s3/object/lake?prefix=a%20b");
});

test("on the local AWS it is the object itself", () => {
  expect(objectLink("lake", KEY, { AWS_ENDPOINT_URL: "http://127.0.0.1:4566/", AWS_REGION: "us-east-1" })).toBe(
    `http://127.0.0.1:4566/lake/${KEY}`,
  );
});
