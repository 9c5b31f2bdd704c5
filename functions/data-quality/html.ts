import { printable } from "../lib/printable";
import type { CheckResult, QualityReport, Verdict } from "./report";
import { failedChecks } from "./verdict";

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: "All checks passed",
  warn: "Passed with warnings",
  fail: "Failed: nothing was published",
};

/** Figures of a check in earlier runs, the newest first, by its id. */
export type Trends = ReadonlyMap<string, readonly number[]>;

/** The report as one page: the verdict first, then what did not pass, then everything, each with its course over earlier runs. */
export function renderHtml(report: QualityReport, trends: Trends): string {
  const failed = failedChecks(report.checks);
  const history = Object.entries(report.history).map(
    ([dataset, dates]) => `${dataset}: ${dates.join(", ") || "none yet"}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Data quality ${escapeHtml(report.date)}: ${report.verdict}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; color: #1d2330; }
h1 { border-left: .5rem solid; padding-left: .8rem; }
.pass, .passed { color: #1b7f3b; } .warn, .waived { color: #9a6700; } .fail, .failed, .error { color: #b3261e; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde1e8; vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; font-size: 1.5em; font-weight: bold; margin: 1.2em 0 .6em; }
svg { vertical-align: middle; } polyline { fill: none; stroke: #5b6b8c; stroke-width: 1.5; } circle { fill: currentColor; }
</style>
</head>
<body>
<h1 class="${report.verdict}">${WORDS[report.verdict]}</h1>
<p>Batch date <b>${escapeHtml(report.date)}</b>, run ${escapeHtml(report.run)}, started ${escapeHtml(report.processingTime)}. ${report.checks.length} checks, ${failed.length} of them did not pass.</p>
${failed.length === 0 ? "" : `<h2>Did not pass</h2>\n${renderChecks(failed, trends)}`}
<h2>Records</h2>
<table>
<tr><th>dataset</th>${["in", "out", "quarantined", "duplicates"].map((title) => `<th class="number">${title}</th>`).join("")}</tr>
${Object.entries(report.rows)
  .map(
    ([dataset, rows]) =>
      `<tr><td>${dataset}</td>${[rows.in, rows.out, rows.quarantined, rows.duplicates].map((n) => `<td class="number">${n}</td>`).join("")}</tr>`,
  )
  .join("\n")}
</table>
<details${failed.length === 0 ? " open" : ""}>
<summary>All checks</summary>
<p>Compared with the good runs of these batch dates: ${escapeHtml(history.join("; "))}.</p>
${renderChecks(report.checks, trends)}
</details>
</body>
</html>
`;
}

function renderChecks(checks: readonly CheckResult[], trends: Trends): string {
  const rows = checks.map((check) => {
    const found = [check.reason ?? check.observed ?? "", ...waiverText(check)].join(" ");
    const severity = `${check.severity}${check.promoted === true ? " (promoted)" : ""}`;
    const cells = [severity, check.id, check.description, found, check.expected ?? ""];
    const trend =
      check.value === undefined ? "" : sparkline([...(trends.get(check.id) ?? [])].reverse().concat(check.value));
    return `<tr><td class="${colour(check)}">${check.status}</td>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}<td>${trend}</td></tr>`;
  });
  return `<table>\n<tr><th>status</th><th>severity</th><th>check</th><th>meaning</th><th>found</th><th>expected</th><th>trend</th></tr>\n${rows.join("\n")}\n</table>`;
}

/** A warning that failed is no failure: the run was published. */
function colour({ status, severity }: CheckResult): string {
  return status === "failed" && severity === "warn" ? "warn" : status;
}

function waiverText({ status, waiver }: CheckResult): string[] {
  if (waiver === undefined) return [];
  const { reason, owner, until } = waiver;
  return [`(${status === "waived" ? "waived until" : "the waiver is over since"} ${until} by ${owner}: ${reason})`];
}

const TREND = { width: 90, height: 20, margin: 2 } as const;

/** Figures over time, oldest first, as a line that ends in a dot. */
function sparkline(figures: readonly number[]): string {
  if (figures.length < 2) return "";
  const [least, most] = [Math.min(...figures), Math.max(...figures)];
  const { width, height, margin } = TREND;
  const points = figures.map((figure, index) => {
    const x = margin + (index / (figures.length - 1)) * (width - 2 * margin);
    const y = height - margin - (most === least ? 0.5 : (figure - least) / (most - least)) * (height - 2 * margin);
    return [x.toFixed(1), y.toFixed(1)] as const;
  });
  const [x, y] = points.at(-1) ?? [0, 0];
  return `<svg width="${width}" height="${height}" role="img" aria-label="${figures.map((figure) => Number(figure.toPrecision(3))).join(", ")}"><polyline points="${points.map((point) => point.join(",")).join(" ")}"/><circle cx="${x}" cy="${y}" r="2"/></svg>`;
}

/** A text between tags or in an attribute: markup of neither HTML nor XML. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return printable(text, 1_000).replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
