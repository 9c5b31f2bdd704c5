import { stepNamed } from "../../../cli/lib/log-sources";
import { nearest } from "../../../functions/lib/nearest";

test.each([
  ["etljbos", "EtlJobs"],
  ["RunCrawler", "RunCrawlers"],
  ["mergemasterdat", "MergeMasterData"],
  ["DataQuality", "DataQualityChecks"],
  ["nonsense", undefined],
  ["", undefined],
])("by %j is meant %j", (word, meant) => {
  expect(nearest(word, ["EtlJobs", "RunCrawlers", "DataQualityChecks", "MergeMasterData"])).toBe(meant);
});

test("neighbours that changed places are one mistake, as is a letter too many or too few", () => {
  expect(nearest("satge", ["stage", "stale"])).toBe("stage");
  expect(nearest("prodd", ["prod", "dev"])).toBe("prod");
  expect(nearest("prd", ["prod", "dev"])).toBe("prod");
});

test.each(["EtlJobs", "etl-jobs", "etljobs", "ETL jobs", "3"])("%s is the third step", (text) => {
  expect(stepNamed(text)).toBe("EtlJobs");
});

test.each([
  ["EtlJob", /The steps are AcquireLock, .*\n {2}did you mean {3}EtlJobs$/s],
  ["9", /^There is no step "9"\. The steps are (?!.*did you mean)/s],
])("a step %j that is none is said to be none", (text, message) => {
  expect(() => stepNamed(text)).toThrow(message);
});
