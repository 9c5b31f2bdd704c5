import { closingLine, outcome, readJestReport, readJunitReport, sum } from "../../../cli/lib/test-report";

const counts = (passed: number, failed: number, skipped = 0) => ({ passed, failed, skipped });

test("jest's report: a file that could not run is a failed test", () => {
  const report = {
    numPassedTests: 7,
    numFailedTests: 2,
    numPendingTests: 1,
    numTodoTests: 3,
    numRuntimeErrorTestSuites: 1,
  };
  expect(readJestReport(JSON.stringify(report))).toEqual(counts(7, 3, 4));
});

test("pytest's report: errors are failures; several suites are added up", () => {
  const suite = (attributes: string) =>
    `<testsuite name="pytest" ${attributes} timestamp="2025-01-01"><testcase/></testsuite>`;
  const one = suite('errors="1" failures="2" skipped="3" tests="10"');
  expect(readJunitReport(`<?xml version="1.0"?><testsuites name="x">${one}</testsuites>`)).toEqual(counts(4, 3, 3));
  expect(
    readJunitReport(`<testsuites>${one}${suite('errors="0" failures="0" skipped="0" tests="5"')}</testsuites>`),
  ).toEqual(counts(9, 3, 3));
});

test("a report without numbers is an error, never a success", () => {
  expect(() => readJunitReport("")).toThrow("no test suite");
  expect(() => readJunitReport('<testsuite tests="1" errors="0" skipped="0">')).toThrow('without "failures"');
});

test.each([
  ["all is well", 0, counts(3, 0), counts(3, 0)],
  ["tests failed", 1, counts(3, 2), counts(3, 2)],
  ["a runner crashed after its tests", 139, counts(3, 0), counts(3, 1)],
  ["a runner left no report", 0, undefined, counts(0, 1)],
])("%s", (_, code, report, expected) => {
  expect(outcome(code, report)).toEqual(expected);
});

test("the closing line adds the runners up", () => {
  expect(closingLine(sum([counts(3, 1), counts(40, 0), counts(0, 2)]))).toBe("43 passed, 3 failed");
  expect(closingLine(sum([]))).toBe("0 passed, 0 failed");
});
