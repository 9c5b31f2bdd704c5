import type { Dataset } from "../../contracts";
import { DEFAULTS, type QueryResult, type QueryRunner, quoted } from "../lib/athena";
import type { RunContext } from "../lib/event";
import type { JobReport } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import type { Logger } from "../lib/logger";
import { countFiles, type Manifest, type ManifestFile } from "../lib/manifest";
import { printable } from "../lib/printable";
import type { RunLedger } from "../lib/run-ledger";
import { type Check, compileChecks, type Judgement, offendersQuery, scanQuery } from "./checks";
import { driftOf } from "./drift";
import type { History } from "./history";
import { type Profile, profileMeasures, readProfile } from "./profile";
import { type Lookup, lookupsOf, type TableVersion } from "./references";
import type { CheckResult, QueryCost } from "./report";
import { changedRowsQuery, judgeSameKey, sameKeyChecks, sameKeyQuery } from "./same-key";
import { type Schema, schemaOf } from "./schema";

export interface DataQualityClients {
  /** Names of the databases. */
  readonly databases: { readonly raw: string; readonly processed: string };
  readonly athena: QueryRunner;
  readonly objects: LakeObjects;
  readonly runs: RunLedger;
  /** The columns of a table in the catalog and their types, undefined where there is no table. */
  readonly columnsOf: (database: string, table: string) => Promise<Schema | undefined>;
  readonly logger: Logger;
}

/** What a query's checks came to; no query where it could not be run. */
export interface Outcome {
  readonly dataset: Dataset;
  readonly checks: readonly CheckResult[];
  readonly query?: QueryCost;
  readonly profile?: Profile;
  readonly schema?: Schema;
}

/** Characters of a key that a finding names. */
const MAX_KEY = 80;

/** A dataset of the run, and what its job left. */
export interface Subject {
  readonly dataset: Dataset;
  readonly report: JobReport;
  readonly version: TableVersion & { readonly snapshot: string };
}

/**
 * Runs every query of the checks, all at the same time. What a query that fails was to decide could not be computed; none of it throws.
 */
export async function examine(
  subjects: readonly Subject[],
  event: RunContext,
  manifest: Manifest,
  history: History,
  clients: DataQualityClients,
): Promise<Outcome[]> {
  const counts = countFiles(manifest);
  const queries = subjects.flatMap((subject) => {
    const { dataset, report } = subject;
    const { files = [] } = manifest.datasets[dataset] ?? {};
    const checks = compileChecks(dataset, { ...event, counts: report.rows, manifestRows: counts[dataset].rows });
    return [
      scan(subject, checks, files, event.date, history, clients),
      compare(subject, event.date, history, clients),
      ...lookupsOf(dataset).map((lookup) => follow(lookup, subject, subjects, event.date, clients)),
    ];
  });
  return Promise.all(queries);
}

/** Takes all measures of a table in one query, judges them, and compares the rows as a whole with earlier ones. */
async function scan(
  subject: Subject,
  checks: readonly Check[],
  files: readonly ManifestFile[],
  date: string,
  history: History,
  clients: DataQualityClients,
): Promise<Outcome> {
  const { dataset, version, report } = subject;
  const { athena, databases, columnsOf } = clients;
  const measures = profileMeasures(dataset, date);
  try {
    const sql = scanQuery(checks, measures, version.table, version.snapshot, date);
    // What a snapshot holds never changes: a step that is tried again need not read it again.
    const answer = await athena.query(sql, databases.processed, [], DEFAULTS.reuseMinutes);
    const values = answer.rows[0] ?? {};
    const judgements = await Promise.all(
      checks.map(async (check, index) => {
        const result = judged(check, dataset, () => check.judge(values[`m${index}`] ?? null));
        if (result.status !== "failed") return result;
        const offenders = offendersQuery(dataset, check, version.table, version.snapshot, date);
        return named(result, await keys(check.id, offenders, clients));
      }),
    );
    const outcome = { dataset, query: costOf(dataset, answer) };
    try {
      const profile = readProfile(
        dataset,
        new Map(measures.map(({ name }, index) => [name, values[`p${index}`] ?? null])),
      );
      const crawled = await columnsOf(databases.raw, dataset);
      if (crawled === undefined) {
        throw new Error(`There is no table ${databases.raw}.${dataset}: its crawler makes it.`);
      }
      const schema = schemaOf(files, crawled);
      const { rows: counts, computed } = report;
      const drifts = driftOf(dataset, date, { profile, schema, counts, computed }, history.of(dataset));
      const results = drifts.map((drift) => judged(drift, dataset, () => drift));
      return { ...outcome, checks: [...judgements, ...results], profile, schema };
    } catch (error) {
      return { ...outcome, checks: [...judgements, notComputed(comparison(dataset), dataset, error)] };
    }
  } catch (error) {
    const results = checks.map((check) =>
      check.measure === undefined
        ? judged(check, dataset, () => check.judge(null))
        : notComputed(check, dataset, error),
    );
    return { dataset, checks: [...results, notComputed(comparison(dataset), dataset, error)] };
  }
}

/** Compares the rows with those of the same key in the snapshot that the last good run before the date brought. */
async function compare(
  subject: Subject,
  date: string,
  history: History,
  clients: DataQualityClients,
): Promise<Outcome> {
  const { dataset, version } = subject;
  const { athena, databases } = clients;
  const checks = sameKeyChecks(dataset);
  const dates = history.of(dataset).map((past) => past.date);
  const before = dates
    .filter((one) => one < date)
    .sort()
    .at(-1);
  if (checks.length === 0 || before === undefined) return { dataset, checks: [] };
  try {
    const sql = sameKeyQuery(dataset, checks, version, date, before);
    const answer = await athena.query(sql, databases.processed, [], DEFAULTS.reuseMinutes);
    const { compared, ...counts } = answer.rows[0] ?? {};
    const results = await Promise.all(
      checks.map(async (check, index) => {
        const past = history.trends.get(check.id) ?? [];
        const result = judged(check, dataset, () => judgeSameKey(check, counts[`c${index}`], compared, past));
        if (result.status !== "failed") return result;
        return named(result, await keys(check.id, changedRowsQuery(dataset, check, version, date, before), clients));
      }),
    );
    return { dataset, checks: results, query: costOf(dataset, answer) };
  } catch (error) {
    return { dataset, checks: checks.map((check) => notComputed(check, dataset, error)) };
  }
}

/** What a query calls some of the rows that failed a check; none where they cannot be told, for the verdict stands without them. */
async function keys(
  check: string,
  sql: string | undefined,
  { athena, databases, logger }: DataQualityClients,
): Promise<string[]> {
  if (sql === undefined) return [];
  try {
    const { rows } = await athena.query(sql, databases.processed, [], DEFAULTS.reuseMinutes);
    return rows.flatMap(({ key }) => (key === null || key === undefined ? [] : [printable(key, MAX_KEY)]));
  } catch (error) {
    logger.warn("rows that failed a check cannot be named", { check, reason: String(error) });
    return [];
  }
}

function named(result: CheckResult, keys: readonly string[]): CheckResult {
  return keys.length === 0 ? result : { ...result, observed: `${result.observed}, among them ${keys.join("; ")}` };
}

/** What stands for all comparisons with earlier runs where none can be made. */
function comparison(dataset: Dataset): Described {
  return {
    id: `${dataset}.profile`,
    description: "The rows can be compared with those of earlier runs.",
    severity: "error",
  };
}

/** Looks for the rows of a table that do not fit those that they refer to. */
async function follow(
  lookup: Lookup,
  { dataset, version }: Subject,
  subjects: readonly Subject[],
  date: string,
  { athena, databases, columnsOf }: DataQualityClients,
): Promise<Outcome> {
  const { target } = lookup;
  try {
    // Where the run brings the target too, its rows are not published yet.
    const to = subjects.find((subject) => subject.dataset === target)?.version ?? {
      table: tableName(databases.processed, target),
    };
    if (!("snapshot" in to) && (await columnsOf(databases.processed, target)) === undefined) {
      return { dataset, checks: [] };
    }
    // What is published may change meanwhile.
    const reuseMinutes = "snapshot" in to ? DEFAULTS.reuseMinutes : undefined;
    const answer = await athena.query(lookup.query(version, to, date), databases.processed, [], reuseMinutes);
    return {
      dataset,
      checks: [judged(lookup, dataset, () => lookup.judge(answer.rows))],
      query: costOf(dataset, answer),
    };
  } catch (error) {
    return { dataset, checks: [notComputed(lookup, dataset, error)] };
  }
}

function costOf(dataset: Dataset, { bytesScanned, milliseconds }: QueryResult): QueryCost {
  return { dataset, bytesScanned, milliseconds };
}

type Described = Pick<CheckResult, "id" | "description" | "severity">;

function judged(check: Described, dataset: Dataset, judge: () => Judgement): CheckResult {
  const { id, description, severity } = check;
  try {
    const { passed, observed, expected, value, band } = judge();
    const status = passed ? "passed" : "failed";
    return {
      id,
      description,
      dataset,
      severity,
      status,
      observed,
      expected,
      ...(value === undefined ? {} : { value }),
      ...(band === undefined ? {} : { band }),
    };
  } catch (error) {
    return notComputed(check, dataset, error);
  }
}

export function notComputed({ id, description, severity }: Described, dataset: Dataset, error: unknown): CheckResult {
  const reason = printable(error instanceof Error ? error.message : String(error), 1_000);
  return { id, description, dataset, severity, status: "error", reason };
}

export function tableName(database: string, table: string): string {
  return `${quoted(database)}.${quoted(table)}`;
}
