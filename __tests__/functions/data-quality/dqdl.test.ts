import { DATASETS } from "../../../contracts";
import { compileChecks, scanQuery } from "../../../functions/data-quality/checks";
import { dqdlRules, renderDqdl } from "../../../functions/data-quality/dqdl";
import { lookupsOf } from "../../../functions/data-quality/references";
import { contextOf, DATE, GOOD, inDate, runSql, SCENARIOS, table } from "./tables";

/**
 * What a rule means, as AWS documents it, in SQL that is true where it passes; undefined for those that compare with the present or
 * with earlier runs. A null fails comparisons, has the length 0, and is left out by `where`.
 */
function meaning(rule: string): string | undefined {
  const [, plain = rule, where] = /^(.*?)(?: where "(.+)")?$/.exec(rule) ?? [];
  const whereSql = where === undefined ? "TRUE" : where;
  const everyRow = (condition: string) =>
    `count(*) FILTER (WHERE (${whereSql}) AND NOT coalesce(${condition}, FALSE)) = 0`;
  const [kind = "", column = "", ...rest] = plain.match(/"[^"]*"|\[[^\]]*\]|[^\s"]+/g) ?? [];
  const expression = rest.join(" ").replace(/"([^"]*)"/g, "'$1'");
  switch (kind) {
    case "IsComplete":
      return everyRow(`${column} IS NOT NULL`);
    case "Completeness":
      return `count(${column}) >= ${rest[1]} * count(*)`;
    case "IsPrimaryKey": {
      const columns = [column, ...rest];
      const complete = columns.map((name) => `${name} IS NOT NULL`).join(" AND ");
      return `count(*) FILTER (WHERE NOT (${complete})) = 0 AND count(DISTINCT ROW(${columns.join(", ")})) = count(*)`;
    }
    case "ColumnValues":
      if (expression.includes("now()")) return undefined;
      return everyRow(`${column} ${expression.replace(/^in \[(.*)\]$/, "IN ($1)")}`);
    case "ColumnLength":
      return everyRow(`length(coalesce(${column}, '')) ${expression}`);
    case "CustomSql": {
      const condition = /where (.+)"$/.exec(column)?.[1];
      return `count(*) FILTER (WHERE ${condition}) = 0`;
    }
    case "ReferentialIntegrity": {
      const [table = "", key = ""] = (rest[0] ?? "").replaceAll('"', "").split(".");
      return `count(*) FILTER (WHERE ${column} IN (SELECT "${key}" FROM "processed"."${table}")) >= ${rest.at(-1)} * count(*)`;
    }
    case "DataFreshness":
    case "RowCount":
      return undefined;
    default:
      throw new Error(`What ${rule} means is not known here.`);
  }
}

test("agrees with our checks on the same rows, as far as it can say the same", () => {
  const answers = runSql(
    SCENARIOS.flatMap(({ dataset, rows }) => {
      const tables = { [dataset]: table(dataset, rows) };
      const known = dqdlRules(dataset).flatMap(({ check, rule }, index) => {
        const sql = check.endsWith(".references") ? undefined : meaning(rule);
        return sql === undefined ? [] : [`CAST(${sql} AS varchar) AS r${index}`];
      });
      const checks = compileChecks(dataset, contextOf(inDate(rows)));
      return [
        {
          tables,
          query: `SELECT ${known.join(", ")} FROM "processed"."${dataset}" WHERE source_date = DATE '${DATE}'`,
        },
        { tables, query: scanQuery(checks, [], `"processed"."${dataset}"`, "1", DATE) },
      ];
    }),
  );
  let compared = 0;
  const differences = SCENARIOS.flatMap(({ dataset, what, rows }, scenario) => {
    const theirs = answers[2 * scenario]?.[0] ?? {};
    const ours = answers[2 * scenario + 1]?.[0] ?? {};
    const checks = compileChecks(dataset, contextOf(inDate(rows)));
    return dqdlRules(dataset).flatMap(({ check, rule }, index) => {
      const verdict = theirs[`r${index}`];
      const at = checks.findIndex(({ id }) => id === check);
      const found = checks[at];
      if (verdict === undefined || found === undefined) return [];
      compared += 1;
      const passes = found.judge(ours[`m${at}`] ?? null).passed;
      return passes === (verdict === "true") ? [] : [`${what}: ${rule} is ${verdict}, ${check} ${passes}`];
    });
  });
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(SCENARIOS.length * 10);
}, 60_000);

test.each([
  ["all of them", ["P1", "P2"], true],
  ["all but one", ["P1", "P9"], false],
  ["none of them", ["P8", "P9"], false],
])("agrees on references that lead to %s", (_, products, expected) => {
  const to = { table: '"processed"."products"', snapshot: "1" };
  const reviews = products.map((product_id, index) => ({ ...GOOD.reviews, review_id: `R${index}`, product_id }));
  const catalogue = ["P1", "P2"].map((product_id) => ({ ...GOOD.products, product_id }));
  const tables = { reviews: table("reviews", reviews), products: table("products", catalogue) };
  const from = { table: '"processed"."reviews"', snapshot: "1" };
  const [lookup] = lookupsOf("reviews");
  const rule = dqdlRules("reviews").find(({ check }) => check === lookup?.id)?.rule ?? "";
  const [ours = [], theirs] = runSql([
    { tables, query: lookup?.query(from, to, DATE) ?? "" },
    { tables, query: `SELECT CAST(${meaning(rule)} AS varchar) AS verdict FROM "processed"."reviews"` },
  ]);
  expect([lookup?.judge(ours).passed, theirs?.[0]?.verdict]).toEqual([expected, String(expected)]);
});

test.each(DATASETS)(
  "every rule of %s is one of our checks, or of those that earlier runs and other tables decide",
  (dataset) => {
    const ours = new Set(compileChecks(dataset, contextOf(1)).map(({ id }) => id));
    const others = dqdlRules(dataset)
      .filter(({ check }) => !ours.has(check))
      .map(({ check }) => check);
    expect(others.every((id) => /\.(references|volume)$/.test(id))).toBe(true);
    // All that reads one table's rows is there.
    const said = new Set(dqdlRules(dataset).map(({ check }) => check));
    expect([...ours].filter((id) => !said.has(id) && !id.includes(".rows."))).toEqual([]);
  },
);

test("is a document as Glue reads it", () => {
  const lines = renderDqdl("reviews").split("\n");
  expect(lines.slice(0, 6)).toEqual([
    "# reviews, contract 1.0.0",
    "Rules = [",
    '    IsPrimaryKey "review_id",',
    '    IsComplete "review_id",',
    '    ColumnLength "review_id" >= 1 where "review_id is not null",',
    '    ColumnLength "review_id" <= 128 where "review_id is not null",',
  ]);
  expect(lines).toContain('    ReferentialIntegrity "product_id" "products.product_id" = 1.0,');
  expect(lines).toContain('    Completeness "review_text" >= 0.1,');
  expect(lines.slice(-4)).toEqual([
    '    DataFreshness "review_date" <= 24 hours,',
    "    RowCount between min(last(14)) * 0.7 and max(last(14)) * 1.3",
    "]",
    "",
  ]);
});
