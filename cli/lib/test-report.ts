/** What a test runner's machine-readable report says, in numbers of tests. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads jest's report (`--json`).
 *
 * @param text the report
 * @returns its numbers; a file that could not be run at all counts as one failed test
 */
export function readJestReport(text: string): TestCounts {
  const report: {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
    numRuntimeErrorTestSuites: number;
  } = JSON.parse(text);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Reads pytest's report (`--junitxml`).
 *
 * @param text the report
 * @returns its numbers; an error outside a test's body (collection, fixtures) counts as a failed test
 * @throws Error where it holds no numbers
 */
export function readJunitReport(text: string): TestCounts {
  const suites = [...text.matchAll(/<testsuite\s([^>]*)>/g)].map(([, attributes = ""]) => {
    const number = (name: string) => {
      const value = new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1];
      if (value === undefined)
        throw new Error(`The JUnit report has a test suite without "${name}": ${attributes.slice(0, 200)}`);
      return Number(value);
    };
    const [failed, skipped] = [number("failures") + number("errors"), number("skipped")];
    return { passed: Math.max(0, number("tests") - failed - skipped), failed, skipped };
  });
  if (suites.length === 0) throw new Error("The JUnit report holds no test suite.");
  return sum(suites);
}

/**
 * What a runner that has ended counts for. One that fails without naming a failed test, or leaves no report, has crashed: that
 * is a failure too.
 *
 * @param exitCode its exit code
 * @param counts what its report says; undefined where it left none
 */
export function outcome(exitCode: number, counts: TestCounts | undefined): TestCounts {
  if (counts === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** @returns the numbers of several runners together */
export function sum(all: readonly TestCounts[]): TestCounts {
  return all.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** @returns the line that ends a test run */
export function closingLine({ passed, failed }: TestCounts): string {
  return `${passed} passed, ${failed} failed`;
}
