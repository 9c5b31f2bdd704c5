import { CsvRecords } from "./csv-records";
import { FileRejected } from "./file-rejected";
import { JsonDocument } from "./json-records";
import { type BrokenRules, type RowChecker, UNPARSABLE } from "./row-checker";
import { DEFAULTS } from "./validate-stream";

const UNPARSABLE_RECORD: BrokenRules = [UNPARSABLE];

/** The file that a record came from. */
export interface RecordOrigin {
  readonly format: string;
  /** Its columns in their order. */
  readonly columns: readonly string[];
}

/**
 * Makes the judge of single records of a file, from the text that quarantine keeps of them.
 *
 * @param checker of the file's dataset
 * @returns tells the rules that a record breaks, given as it stands in its file, without its line end; none for a good one
 * @example
 * const judge = recordJudge({ format: "csv", columns: ["review_id", "rating"] }, new RowChecker("reviews", new Date()));
 * judge("R1,6"); // [..., "rating.maximum"]
 */
export function recordJudge({ format, columns }: RecordOrigin, checker: RowChecker): (raw: string) => BrokenRules {
  const check = checker.checkFields(columns);
  const checkObject = checker.checkObjects(() => {});
  const limits = { maxLength: DEFAULTS.maxRecordLength, maxDepth: DEFAULTS.maxDepth };
  return (raw) => {
    let broken = UNPARSABLE_RECORD;
    const reader =
      format === "csv"
        ? new CsvRecords(limits.maxLength, (fields) => {
            broken = fields?.length === columns.length ? check(fields) : UNPARSABLE_RECORD;
          })
        : new JsonDocument("object", limits, (record) => {
            broken = record === null ? UNPARSABLE_RECORD : checkObject(record);
          });
    try {
      reader.push(raw);
      reader.end();
      return broken;
    } catch (error) {
      if (error instanceof FileRejected) return UNPARSABLE_RECORD;
      throw error;
    }
  };
}
