import { type ColumnSchema, contracts, type Dataset } from "../../contracts";
import { UNPARSABLE } from "./row-checker";
import { decimalDigits } from "./values";

/**
 * What a rule asks for, in words for those who send files.
 *
 * @param rule as reports name it.
 * @example
 * ruleText("transactions", "quantity.exclusiveMinimum"); // "more than 0"
 */
export function ruleText(dataset: Dataset, rule: string): string {
  const isJson = contracts[dataset]["x-format"] === "json";
  if (rule === UNPARSABLE) {
    return isJson ? "one JSON object" : "as many fields as the header, no text behind a closing quote";
  }
  const dot = rule.lastIndexOf(".");
  const column = contracts[dataset].properties[rule.slice(0, dot)];
  return column === undefined ? "" : keywordText(rule.slice(dot + 1), column, isJson);
}

/** What a value of a column must be to be of its type. */
export function typeText(dataset: Dataset, column: string): string {
  return ruleText(dataset, `${column}.type`);
}

function keywordText(keyword: string, column: ColumnSchema, isJson: boolean): string {
  switch (keyword) {
    case "required":
      return "a value: it is missing, null or empty";
    case "type":
      return typeOf(column, isJson);
    case "minimum":
      return `at least ${column.minimum}`;
    case "maximum":
      return `at most ${column.maximum}`;
    case "exclusiveMinimum":
      return `more than ${column.exclusiveMinimum}`;
    case "exclusiveMaximum":
      return `less than ${column.exclusiveMaximum}`;
    case "minLength":
      return `at least ${column.minLength} characters`;
    case "maxLength":
      return `at most ${column.maxLength} characters`;
    case "pattern":
      return `the pattern ${column.pattern}`;
    case "enum":
      return `one of ${(column.enum ?? []).filter((value) => value !== null).join(", ")}`;
    case "notFuture":
      return "no time after the beginning of the run";
    case "computed":
      return `a product of ${column["x-computed"]?.product.join(" and ")} that fits ${column["x-type"]}`;
    default:
      return "";
  }
}

function typeOf({ "x-type": type, format }: ColumnSchema, isJson: boolean): string {
  switch (type) {
    case "string":
      return "a JSON string";
    case "int":
    case "bigint":
      return isJson ? "a JSON number without a fraction" : "a whole number";
    case "double":
      return isJson ? "a JSON number" : "a number";
    case "boolean":
      return isJson ? "true or false, without quotes" : "true, false, 1 or 0";
    case "date":
      return "a day as YYYY-MM-DD";
    case "timestamp":
      return format === "date-time-optional-zone"
        ? "a time such as 2025-01-15T10:00:00Z"
        : "a time as YYYY-MM-DD or YYYY-MM-DD HH:MM:SS";
    default: {
      const [precision, scale] = decimalDigits(type);
      return `a ${isJson ? "JSON " : ""}number of at most ${precision - scale} digits before and ${scale} after the point`;
    }
  }
}
