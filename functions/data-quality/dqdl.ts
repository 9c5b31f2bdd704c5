import { type Column, contracts, type Dataset, processedColumns } from "../../contracts";
import { DEFAULTS } from "./usual";

/** A rule of AWS Glue Data Quality, and the check that says the same. */
export interface DqdlRule {
  readonly check: string;
  readonly rule: string;
}

/**
 * A dataset's contract as rules of AWS Glue Data Quality, as far as those can say it: they know one table and its own past, so nothing
 * of jobs, manifests and profiles. Where our checks take the batch date or the start of the run, theirs can only take the present.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
 */
export function dqdlRules(dataset: Dataset): DqdlRule[] {
  const { "x-key": key, "x-event-time": eventTime, "x-quality": quality } = contracts[dataset];
  const least = figure(1 - DEFAULTS.countTolerance);
  const most = figure(1 + DEFAULTS.countTolerance);
  const runs = DEFAULTS.historyLength;
  return [
    { check: `${dataset}.key.unique`, rule: `IsPrimaryKey ${key.map(quoted).join(" ")}` },
    ...processedColumns(dataset).flatMap((column) => columnRules(dataset, column)),
    ...(eventTime === null || quality.freshnessHours === undefined
      ? []
      : [
          {
            check: `${dataset}.${eventTime}.freshness`,
            rule: `DataFreshness ${quoted(eventTime)} <= ${quality.freshnessHours} hours`,
          },
        ]),
    {
      check: `${dataset}.rows.volume`,
      rule: `RowCount between min(last(${runs})) * ${least} and max(last(${runs})) * ${most}`,
    },
  ];
}

/** The rules as a document. */
export function renderDqdl(dataset: Dataset): string {
  const rules = dqdlRules(dataset).map(({ rule }) => `    ${rule}`);
  return `# ${dataset}, contract ${contracts[dataset]["x-version"]}\nRules = [\n${rules.join(",\n")}\n]\n`;
}

function columnRules(dataset: Dataset, { name, schema, nullable }: Column): DqdlRule[] {
  const field = quoted(name);
  // To Glue a null fails every comparison and has the length 0; to us it breaks one rule, that of being there.
  const where = ` where "${name} is not null"`;
  const of = (check: string, rule: string | undefined): DqdlRule[] =>
    rule === undefined ? [] : [{ check: `${dataset}.${name}.${check}`, rule }];
  const compared = (check: "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum", operator: string) =>
    of(check, schema[check] === undefined ? undefined : `ColumnValues ${field} ${operator} ${schema[check]}${where}`);
  const values = schema.enum?.filter((value) => value !== null).map(quoted);
  const computed = schema["x-computed"];
  const reference = schema["x-references"];
  return [
    ...(nullable
      ? of("nullShare", `Completeness ${field} >= ${figure(1 - contracts[dataset]["x-quality"].maxNullShare)}`)
      : of("required", `IsComplete ${field}`)),
    ...compared("minimum", ">="),
    ...compared("exclusiveMinimum", ">"),
    ...compared("maximum", "<="),
    ...compared("exclusiveMaximum", "<"),
    ...of("enum", values && `ColumnValues ${field} in [${values.join(", ")}]${where}`),
    ...of("minLength", length(field, ">=", schema.minLength, where)),
    ...of("maxLength", length(field, "<=", schema.maxLength, where)),
    ...of("pattern", schema.pattern && `ColumnValues ${field} matches ${quoted(schema.pattern)}${where}`),
    ...of(
      "computed",
      computed &&
        `CustomSql "select count(*) from primary where abs(${name} - ${computed.product.join(" * ")}) > ${computed.tolerance}" = 0`,
    ),
    ...of("notFuture", schema["x-not-future"] ? `ColumnValues ${field} <= now()${where}` : undefined),
    ...of("references", reference && `ReferentialIntegrity ${field} ${quoted(reference)} = 1.0`),
  ];
}

function length(field: string, operator: string, limit: number | undefined, where: string): string | undefined {
  return limit === undefined ? undefined : `ColumnLength ${field} ${operator} ${limit}${where}`;
}

/** Without the dust of binary fractions. */
function figure(value: number): number {
  return Number(value.toPrecision(6));
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
