import type { ColumnSchema, DatasetContract } from "../../../contracts";

/** The keywords that a contract and its row schema share; lexical forms, types and times are checked by the readers. */
const CHECKED_BY_SCHEMA = [
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "pattern",
  "enum",
] as const satisfies readonly (keyof ColumnSchema)[];

/**
 * The JSON Schema of a row whose fields the readers of values.ts have read: typed values, times as numbers, nulls left out.
 * It is what remains of the contract for Ajv to compile.
 */
export function rowSchema(contract: DatasetContract): Record<string, unknown> {
  const properties = Object.entries(contract.properties).map(([name, column]) => {
    const rules = CHECKED_BY_SCHEMA.filter((keyword) => column[keyword] !== undefined && !isVoid(keyword, column));
    return [name, { type: typeOfValue(column), ...Object.fromEntries(rules.map((rule) => [rule, column[rule]])) }];
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    required: contract.required,
    properties: Object.fromEntries(properties),
  };
}

/** An empty text is null, which breaks `required` and nothing else: that a text has a character is known. */
function isVoid(keyword: (typeof CHECKED_BY_SCHEMA)[number], column: ColumnSchema): boolean {
  return keyword === "minLength" && (column.minLength ?? 0) <= 1;
}

function typeOfValue(column: ColumnSchema): "string" | "boolean" | "number" {
  const type = column["x-type"];
  return type === "string" || type === "boolean" ? type : "number";
}
