import { writeFileSync } from "node:fs";
import { DATASETS } from "../../contracts";
import { renderHtml } from "../../functions/data-quality/html";
import { renderJUnit } from "../../functions/data-quality/junit";
import type { CheckResult, QualityReport } from "../../functions/data-quality/report";
import { failedChecks } from "../../functions/data-quality/verdict";
import { printable } from "../../functions/lib/printable";
import { EXIT } from "../lib/errors";
import { orInterrupted } from "../lib/interrupt";
import { findLake } from "../lib/lake";
import { dayOf } from "../lib/newest-date";
import { shownPath } from "../lib/paths";
import { requireChecks } from "../lib/promoted";
import { keptQuality, presentQuality } from "../lib/quality";
import { count, duration, right, table } from "../lib/table";

export interface QualityOptions {
  readonly env: string;
  readonly date: string;
  /** Whether to run the checks instead of reading what a run found. */
  readonly now: boolean;
  readonly promote?: readonly string[];
  readonly json: boolean;
  /** Files to write the report to. */
  readonly html?: string;
  readonly junit?: string;
}

/** `pipeline quality`: the data quality of a date. @returns the exit code: 0 unless the gate is closed */
export async function pipelineQuality(options: QualityOptions): Promise<number> {
  requireChecks(options.promote);
  const lake = await findLake(options.env);
  const date = await orInterrupted(dayOf(lake, options.date));
  const work = options.now ? presentQuality(lake, date, options.promote ?? []) : keptQuality(lake, date);
  const { report, trends } = await orInterrupted(work);
  const written = [
    { file: options.html, text: () => renderHtml(report, trends) },
    { file: options.junit, text: () => renderJUnit(report) },
  ].flatMap(({ file, text }) => {
    if (file === undefined) return [];
    writeFileSync(file, text());
    return [file];
  });
  if (options.json) {
    console.log(JSON.stringify(report, null, 2));
  } else {
    console.log([...qualityLines(report), ...written.map((file) => `\n  Written to ${shownPath(file)}`)].join("\n"));
  }
  return report.verdict === "fail" ? EXIT.failed : EXIT.ok;
}

const VERDICTS = { pass: "passed", warn: "passed with warnings", fail: "FAILED: not fit to be published" } as const;

/** Characters of a finding in the table. */
const MAX_FINDING = 100;

/** @returns the report as tables for people: the verdict, what did not pass, and the figures of each dataset */
export function qualityLines(report: QualityReport): string[] {
  const failed = failedChecks(report.checks);
  return [
    `  Data quality of ${report.date}, run ${report.run}: ${VERDICTS[report.verdict]}`,
    "",
    ...table(
      [
        { title: "dataset" },
        right("checks"),
        right("did not pass"),
        right("compared with"),
        right("rows"),
        right("bytes read"),
        right("took"),
      ],
      DATASETS.filter((dataset) => report.checks.some((check) => check.dataset === dataset)).map((dataset) => {
        const of = <T extends { dataset: string }>(list: readonly T[]) => list.filter((one) => one.dataset === dataset);
        const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
        return [
          dataset,
          count(of(report.checks).length),
          count(of(failed).length),
          `${report.history[dataset]?.length ?? 0} runs`,
          count(report.rows[dataset].out),
          count(sum(of(report.queries).map(({ bytesScanned }) => bytesScanned))),
          duration(sum(of(report.queries).map(({ milliseconds }) => milliseconds)) / 1000),
        ];
      }),
    ),
    ...(failed.length === 0 ? [] : ["", ...table(COLUMNS, failed.map(cells))]),
  ];
}

const COLUMNS = [{ title: "status" }, { title: "check" }, { title: "found" }, { title: "expected" }];

function cells({ status, severity, promoted, id, reason, observed, expected, waiver }: CheckResult): string[] {
  const word = status === "failed" ? (severity === "error" ? "FAILED" : "warning") : status;
  const note = waiver === undefined ? "" : ` (waiver of ${waiver.owner} until ${waiver.until}: ${waiver.reason})`;
  return [
    `${word}${promoted ? " (promoted)" : ""}`,
    id,
    `${printable(reason ?? observed ?? "", MAX_FINDING)}${note}`,
    printable(expected ?? "", MAX_FINDING),
  ];
}
