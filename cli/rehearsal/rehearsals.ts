import { isDeepStrictEqual } from "node:util";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { FileLedger } from "../../functions/lib/file-ledger";
import { rawPrefix } from "../../functions/lib/lake-paths";
import { RunLedger } from "../../functions/lib/run-ledger";
import { clientConfig, type Lake } from "../lib/lake";
import { count } from "../lib/table";
import { tableOf } from "../recover/ledger";
import { LEDGERS } from "../recover/names";
import { entriesOf, TABLES } from "./content";
import { deleteEntries, deleteObjects } from "./damage";
import { must, type Stage } from "./stage";

/** Something that is lost, and had back by what the page tells people to type. */
export interface Rehearsal {
  readonly name: string;
  /** What is lost, for the page. */
  readonly what: string;
  /** The part of the page whose steps are taken. */
  readonly section: string;
  /** Beginnings of its lines that are not typed: what they stop or look at is not there. */
  readonly untyped?: readonly string[];
  /**
   * Damages the lake, takes the steps, and looks whether all is as it was.
   *
   * @returns what was seen, for the page
   * @throws CliError where something is not as it has to be
   */
  play(stage: Stage): Promise<string>;
}

const STOP = "npm run pipeline -- stop";
const RERUN = "npm run pipeline -- run";
const OBJECTS = "npm run recover -- objects";

async function contentOf({ s3, names }: Lake, key: string): Promise<{ bytes: string; etag: string; version: string }> {
  const { Body, ETag = "", VersionId = "" } = await s3.send(new GetObjectCommand({ Bucket: names.bucket, Key: key }));
  return { bytes: (await Body?.transformToString("base64")) ?? "", etag: ETag, version: VersionId };
}

const rawFileDeleted: Rehearsal = {
  name: "raw-file-deleted",
  what: "a raw file is deleted, and its date is run without it",
  section: "A raw file was deleted or overwritten",
  async play(stage) {
    const { lake, dates } = stage;
    const key = `${rawPrefix("reviews", dates[1])}web.csv`;
    const had = await contentOf(lake, key);
    const time = await stage.momentBefore();
    await deleteObjects(lake, key);
    await stage.type(RERUN, { DATE: dates[1] });
    await stage.expectDamage();
    const values = { KEY: key, TIME: time };
    must(
      (await stage.type(`${OBJECTS} --env ENV --prefix KEY --at TIME --dry-run`, values)).includes(key),
      "not found",
    );
    await stage.type(`${OBJECTS} --env ENV --prefix KEY --at TIME`, values);
    must(isDeepStrictEqual(await contentOf(lake, key), had), `${key} is not what it was`);
    await stage.type(RERUN, { DATE: dates[1] });
    await stage.expectSameRows();
    return "the file is there under its old version, the same bytes; its date run again, every table has the rows that it had";
  },
};

const rawFileOverwritten: Rehearsal = {
  name: "raw-file-overwritten",
  what: "a raw file is overwritten with four bytes, which are rejected, and its date is run without it",
  section: rawFileDeleted.section,
  async play(stage) {
    const { lake, dates } = stage;
    const key = `${rawPrefix("reviews", dates[0])}stores.csv`;
    const files = new FileLedger(lake.names.fileLedger, lake.dynamo);
    const runs = new RunLedger(lake.names.runLedger, lake.dynamo);
    const had = await contentOf(lake, key);
    const time = await stage.momentBefore();
    await lake.s3.send(new PutObjectCommand({ Bucket: lake.names.bucket, Key: key, Body: "oops" }));
    await stage.until(
      "the ledger has rejected the four bytes",
      "event",
      async () => (await files.get(key))?.state === "rejected",
    );
    await stage.type(RERUN, { DATE: dates[0] });
    await stage.expectDamage();
    const earlier = new Set((await runs.ofDate(dates[0])).map(({ run }) => run));
    const values = { KEY: key, TIME: time };
    must(
      (await stage.type(`${OBJECTS} --env ENV --prefix KEY --at TIME --dry-run`, values)).includes(key),
      "not found",
    );
    await stage.type(`${OBJECTS} --env ENV --prefix KEY --at TIME`, values);
    const { bytes, etag } = await contentOf(lake, key);
    must(bytes === had.bytes && etag === had.etag, `${key} is not what it was`);
    await stage.until("a run of its date has started by itself and succeeded", "run", async () => {
      const started = (await runs.ofDate(dates[0])).find(({ run }) => !earlier.has(run ?? ""));
      const { state = "RUNNING", run = "" } = started ?? {};
      must(state === "RUNNING" || state === "SUCCEEDED", `the run ${run} ended as ${state}`);
      return state === "SUCCEEDED";
    });
    await stage.expectSameRows();
    return "the version before is the newest again, the same bytes and ETag; it was accepted, a run of its date started by itself, and every table has the rows that it had";
  },
};

const filesOfTablesDeleted: Rehearsal = {
  name: "table-files-deleted",
  what: "all files of processed and curated are deleted; the catalog still has the tables",
  section: "Files of tables were deleted",
  untyped: [STOP],
  async play(stage) {
    const { lake } = stage;
    const time = await stage.momentBefore();
    const files = (await deleteObjects(lake, "processed/")) + (await deleteObjects(lake, "curated/"));
    await stage.expectDamage();
    for (const PREFIX of ["processed/", "curated/"]) await stage.type(OBJECTS, { PREFIX, TIME: time });
    await stage.expectSameRows();
    return `all ${count(files)} files are there again, nothing was run, and every table has the rows that it had`;
  },
};

const curatedLost: Rehearsal = {
  name: "curated-lost",
  what: "every curated table is dropped, and its files are deleted",
  section: "Curated tables are damaged or gone",
  untyped: [STOP],
  async play(stage) {
    const curated = TABLES.filter(([zone]) => zone === "curated");
    for (const [zone, TABLE] of curated) {
      await stage.type("aws glue delete-table", { TABLE });
      await deleteObjects(stage.lake, `${zone}/${TABLE}/`);
    }
    await stage.expectDamage();
    await stage.type(RERUN, { DATE: stage.dates[0] });
    await stage.expectSameRows();
    return `one run of one date made the ${curated.length} tables anew from processed, with the same rows of all dates`;
  },
};

/** Drops the tables as the page says, and deletes their files. */
async function loseTables(stage: Stage): Promise<void> {
  for (const [zone, TABLE] of TABLES) {
    await stage.type("aws glue delete-table", { ZONE: zone, TABLE });
    await deleteObjects(stage.lake, `${zone}/${TABLE}/`);
  }
  await stage.expectDamage();
}

const rebuild = (stage: Stage) =>
  stage.type("npm run pipeline -- backfill", { FROM: stage.dates[0], TO: stage.dates[1] });

const tablesLost: Rehearsal = {
  name: "tables-lost",
  what: "every processed and curated table is dropped, and its files are deleted",
  section: "Processed tables are damaged or gone",
  untyped: [STOP],
  async play(stage) {
    await loseTables(stage);
    await rebuild(stage);
    await stage.type("npm run pipeline -- query pipeline_run_history", { FROM: stage.dates[0], TO: stage.dates[1] });
    await stage.expectSameRows();
    return `the ${TABLES.length} tables were made anew from the raw files of both dates, with the same rows`;
  },
};

const ledgersDamaged: Rehearsal = {
  name: "ledgers-damaged",
  what: "entries of both ledgers are deleted",
  section: "A ledger is damaged",
  // The table itself is there.
  untyped: ["aws dynamodb list-backups", "aws dynamodb restore-table-from-backup"],
  async play(stage) {
    const { lake } = stage;
    const entries = { files: await entriesOf(lake, "files"), runs: await entriesOf(lake, "runs") };
    for (const ledger of LEDGERS) {
      const table = tableOf(lake, ledger);
      const restored = `${table}-restored`;
      const values = { LEDGER: ledger, TABLE: table, RESTORED: restored };
      // moto restores a table as it is now, whatever time is asked for: so it is, before the damage.
      await stage.type("aws dynamodb restore-table-to-point-in-time", { ...values, TIME: new Date().toISOString() });
      await stage.type("aws dynamodb wait table-exists", values);
      await deleteEntries(lake, ledger, (key) => key.startsWith("LOCK#"));
      must((await entriesOf(lake, ledger)).size === 0, "the entries are still there");
      await stage.type("npm run recover -- ledger --env ENV --ledger LEDGER --from RESTORED --dry-run", values);
      await stage.type("npm run recover -- ledger --env ENV --ledger LEDGER --from RESTORED", values);
      must(isDeepStrictEqual(await entriesOf(lake, ledger), entries[ledger]), `${table} is not what it was`);
      await stage.type("aws dynamodb delete-table", values);
    }
    return `all ${count(entries.files.size)} entries of files and ${count(entries.runs.size)} of runs are there again, each as it was`;
  },
};

const onlyRawLeft: Rehearsal = {
  name: "only-raw-left",
  what: "every table with its files, and both ledgers: only raw files are left",
  section: tablesLost.section,
  untyped: [STOP, "npm run pipeline -- query"],
  async play(stage) {
    const { lake } = stage;
    // Of two files with the same content, either may be the duplicate: which one, is chance.
    const verdicts = async () =>
      [...(await entriesOf(lake, "files")).values()].map(({ state, md5 }) => `${state} ${md5}`).toSorted();
    const files = await verdicts();
    for (const ledger of LEDGERS) await deleteEntries(lake, ledger, () => false);
    await loseTables(stage);
    await rebuild(stage);
    await stage.expectSameRows();
    must(isDeepStrictEqual(await verdicts(), files), "the ledger of files says otherwise than before");
    return "the same rows in every table; every file was judged again, with the same verdicts; the history of runs begins anew";
  },
};

const pseudonymKeyDeleted: Rehearsal = {
  name: "pseudonym-key-deleted",
  what: "the key of the pseudonyms is deleted, to be gone in 30 days",
  section: "The key of the pseudonyms was deleted",
  async play(stage) {
    const { lake } = stage;
    const client = new SecretsManagerClient(clientConfig(lake.environment, lake.local));
    const SecretId = lake.names.piiKeySecret;
    const value = async () => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
    const had = await value();
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 30 }));
    must(
      await value().then(
        () => false,
        () => true,
      ),
      "the key is still given out",
    );
    await stage.type("aws secretsmanager restore-secret");
    must((await value()) === had, "the key is another");
    return "the key is the same";
  },
};

/** In the order in which they are played, on one lake: first what takes no run. */
export const REHEARSALS: readonly Rehearsal[] = [
  filesOfTablesDeleted,
  ledgersDamaged,
  pseudonymKeyDeleted,
  curatedLost,
  rawFileDeleted,
  rawFileOverwritten,
  tablesLost,
  onlyRawLeft,
];
