import { BatchGetItemCommand, DynamoDBClient, GetItemCommand, type ServiceOutputTypes } from "@aws-sdk/client-dynamodb";
import { fromAttributes, toAttributes } from "../../../functions/lib/dynamo";
import { ClaimLost, FileBusy } from "../../../functions/lib/errors";
import { type Claim, type FileFacts, type FileIdentity, FileLedger } from "../../../functions/lib/file-ledger";
import { createLedger, type Moto, startMoto } from "../moto";

let moto: Moto;
let table: string;
let client: DynamoDBClient;
let ledger: FileLedger;
let now = Date.parse("2025-01-16T02:00:00Z");
let tables = 0;

beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
beforeEach(async () => {
  table = `file-ledger-${++tables}`;
  await createLedger(table, "updated_at");
  client = new DynamoDBClient({});
  ledger = new FileLedger(table, client, () => now);
});

const LEASE = 60_000;
const options = { run: "r1", validator: "v1", leaseMs: LEASE };
const file = (name: string, etag = `etag-${name}`): FileIdentity => ({
  bucket: "lake",
  key: `raw/reviews/date=2025-01-15/${name}`,
  dataset: "reviews",
  date: "2025-01-15",
  etag,
  size: 10,
});
const facts = (md5: string): FileFacts & { md5: string } => ({
  md5,
  format: "csv",
  compression: "none",
  bom: false,
  columns: ["review_id", "rating"],
  unknownColumns: ["coupon"],
  rows: 7,
  badRows: 1,
  badRules: { "rating.maximum": { count: 1, lines: [4] } },
  splits: [{ offset: 100, record: 3, line: 4 }],
});
const isThere = async () => true;
const isGone = async () => false;

async function claim(identity: FileIdentity, more: object = {}): Promise<Claim> {
  const claimed = await ledger.claim(identity, { ...options, ...more });
  if (!("claim" in claimed)) throw new Error(`decided: ${claimed.decided.state}`);
  return claimed.claim;
}

const stateOf = async (identity: FileIdentity) => (await ledger.get(identity.key))?.state;

test("an accepted file's entry holds what the architecture says", async () => {
  const a = { ...file("a.csv"), version: "V1" };
  await ledger.accept(await claim(a), facts("m1"), isThere);
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: toAttributes({ pk: `FILE#${a.key}`, sk: "ENTRY" }) }),
  );
  expect(fromAttributes(Item ?? {})).toEqual({
    pk: `FILE#${a.key}`,
    sk: "ENTRY",
    bucket: "lake",
    key: a.key,
    dataset: "reviews",
    date: "2025-01-15",
    dataset_date: "reviews#2025-01-15",
    etag: "etag-a.csv",
    version: "V1",
    size: 10,
    md5: "m1",
    format: "csv",
    compression: "none",
    bom: false,
    columns: ["review_id", "rating"],
    unknown_columns: ["coupon"],
    rows: 7,
    bad_rows: 1,
    bad_rules: { "rating.maximum": { count: 1, lines: [4] } },
    splits: [{ offset: 100, record: 3, line: 4 }],
    state: "accepted",
    run: "r1",
    validator: "v1",
    claim: expect.any(String),
    claimed_at: new Date(now).toISOString(),
    updated_at: new Date(now).toISOString(),
    lease_until: now + LEASE,
  });
});

describe("the same object again", () => {
  test.each(["accepted", "rejected"] as const)("is the same entry: %s", async (state) => {
    const first = await claim(file("a.csv"));
    if (state === "accepted") await ledger.accept(first, facts("m1"), isThere);
    else await ledger.reject(first, facts("m1"), "Too bad.");
    expect(await ledger.claim(file("a.csv"), { ...options, run: "r2" })).toMatchObject({
      decided: { state, rows: 7, badRows: 1 },
    });
  });

  test("is decided anew by other checks, or when it was overwritten", async () => {
    await ledger.reject(await claim(file("a.csv")), facts("m1"), "Too bad.");
    await ledger.accept(await claim(file("a.csv"), { validator: "v2" }), facts("m1"), isThere);
    expect(await ledger.get(file("a.csv").key)).toMatchObject({ state: "accepted", validator: "v2" });
    await ledger.reject(await claim(file("a.csv", "other"), { validator: "v2" }), facts("m2"), "Worse.");
    const entry = await ledger.get(file("a.csv").key);
    expect(entry).toMatchObject({ state: "rejected", etag: "other", reason: "Worse.", md5: "m2" });
  });

  test("leaves nothing of the entry that it replaces", async () => {
    await ledger.reject(await claim(file("a.csv")), facts("m1"), "Too bad.");
    await claim(file("a.csv"), { validator: "v2" });
    const entry = await ledger.get(file("a.csv").key);
    expect(entry).not.toHaveProperty("reason");
    expect(entry).not.toHaveProperty("rows");
  });
});

describe("a claim", () => {
  test("keeps others away while it holds", async () => {
    await claim(file("a.csv"));
    await expect(ledger.claim(file("a.csv"), options)).rejects.toThrow(FileBusy);
  });

  test("of ten that race exactly one is given", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => ledger.claim(file("a.csv"), options)));
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    expect(
      outcomes.filter((outcome) => outcome.status === "rejected" && outcome.reason instanceof FileBusy),
    ).toHaveLength(9);
  });

  test("that a crash left runs out and can be taken over, and its holder then decides nothing", async () => {
    const crashed = await claim(file("a.csv"));
    now += LEASE;
    await expect(ledger.claim(file("a.csv"), options)).rejects.toThrow(FileBusy);
    now += 1;
    const next = await claim(file("a.csv"));
    await expect(ledger.accept(crashed, facts("m1"), isThere)).rejects.toThrow(ClaimLost);
    await expect(ledger.reject(crashed, facts("m1"), "x")).rejects.toThrow(ClaimLost);
    expect(await stateOf(file("a.csv"))).toBe("claimed");
    expect(await ledger.accept(next, facts("m1"), isThere)).toEqual({});
  });

  test("is lost when the object is overwritten, and not given back to the one who lost it", async () => {
    const old = await claim(file("a.csv", "one"));
    const current = await claim(file("a.csv", "two"));
    await ledger.release(old);
    await expect(ledger.claim(file("a.csv", "two"), options)).rejects.toThrow(FileBusy);
    await expect(ledger.accept(old, facts("m1"), isThere)).rejects.toThrow(ClaimLost);
    await ledger.accept(current, facts("m2"), isThere);
    expect(await ledger.get(file("a.csv").key)).toMatchObject({ etag: "two", md5: "m2" });
  });

  test("that is given back can be taken at once", async () => {
    await ledger.release(await claim(file("a.csv")));
    await claim(file("a.csv"));
  });

  test("given back after the decision changes nothing", async () => {
    const held = await claim(file("a.csv"));
    await ledger.accept(held, facts("m1"), isThere);
    await ledger.release(held);
    expect(await stateOf(file("a.csv"))).toBe("accepted");
  });

  test("whose answer was lost on the way is still the sender's", async () => {
    const send = client.send.bind(client);
    let calls = 0;
    // As the SDK does when the connection breaks after DynamoDB has written: the same request once more.
    client.send = async (command: Parameters<typeof send>[0]): Promise<ServiceOutputTypes> => {
      if (calls++ === 0) await send(command);
      return send(command);
    };
    expect(await ledger.claim(file("a.csv"), options)).toHaveProperty("claim");
  });
});

describe("the same content", () => {
  test("under another key is a duplicate that names the original", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    expect(await ledger.accept(await claim(file("b.csv")), facts("m1"), isThere)).toEqual({
      original: file("a.csv").key,
    });
    expect(await ledger.get(file("b.csv").key)).toMatchObject({
      state: "duplicate",
      original: file("a.csv").key,
      reason: `Same content as ${file("a.csv").key}.`,
      rows: 7,
    });
  });

  test("in another dataset is not", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    const other = { ...file("b.csv"), dataset: "transactions" as const };
    expect(await ledger.accept(await claim(other), facts("m1"), isThere)).toEqual({});
  });

  test("may come again after a rejected file", async () => {
    await ledger.reject(await claim(file("a.csv")), facts("m1"), "Too bad.");
    expect(await ledger.accept(await claim(file("b.csv")), facts("m1"), isThere)).toEqual({});
  });

  test("may come again after the original holds other content", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    await ledger.accept(await claim(file("a.csv", "new")), facts("m2"), isThere);
    expect(await ledger.accept(await claim(file("b.csv")), facts("m1"), isThere)).toEqual({});
    expect(await ledger.accept(await claim(file("c.csv")), facts("m1"), isThere)).toEqual({
      original: file("b.csv").key,
    });
  });

  test("under the same key with another ETag (uploaded in parts) is no duplicate of itself", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    expect(await ledger.accept(await claim(file("a.csv", "parts-2")), facts("m1"), isThere)).toEqual({});
    expect(await ledger.accept(await claim(file("b.csv")), facts("m1"), isThere)).toEqual({
      original: file("a.csv").key,
    });
  });

  test("takes the place of an original that is gone; should that come back, it is the duplicate", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    expect(await ledger.accept(await claim(file("b.csv")), facts("m1"), isGone)).toEqual({});
    expect(await ledger.get(file("a.csv").key)).toMatchObject({ state: "duplicate", original: file("b.csv").key });
    expect(await stateOf(file("b.csv"))).toBe("accepted");
  });

  test("waits while its original is being validated anew, and no longer than the claim holds", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    await claim(file("a.csv"), { validator: "v2" });
    const b = await claim(file("b.csv"), { leaseMs: 10 * LEASE });
    await expect(ledger.accept(b, facts("m1"), isThere)).rejects.toThrow(FileBusy);
    now += LEASE + 1;
    expect(await ledger.accept(b, facts("m1"), isThere)).toEqual({});
  });

  test("in five files that race is accepted exactly once, and the four others name that one", async () => {
    const files = ["a", "b", "c", "d", "e"].map((name) => file(name));
    const claims = await Promise.all(files.map((identity) => claim(identity)));
    const outcomes = await Promise.all(claims.map((held) => ledger.accept(held, facts("m1"), isThere)));
    const originals = outcomes.flatMap(({ original }) => original ?? []);
    expect(originals).toHaveLength(4);
    expect(new Set(originals).size).toBe(1);
    const entries = await ledger.getAll(files.map(({ key }) => key));
    expect([...entries.values()].filter(({ state }) => state === "accepted").map(({ key }) => key)).toEqual([
      originals[0],
    ]);
  });

  test("is judged again when its original changes between the look and the decision", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    const b = await claim(file("b.csv"));
    let looks = 0;
    const changing = async () => {
      if (looks++ === 0) await ledger.accept(await claim(file("a.csv", "new")), facts("m2"), isThere);
      return true;
    };
    expect(await ledger.accept(b, facts("m1"), changing)).toEqual({});
    expect(await stateOf(file("b.csv"))).toBe("accepted");
  });

  test("a duplicate that has lost its original can be claimed, if nobody else did", async () => {
    await ledger.accept(await claim(file("a.csv")), facts("m1"), isThere);
    await ledger.accept(await claim(file("b.csv")), facts("m1"), isThere);
    const outdated = await ledger.get(file("b.csv").key);
    const held = await claim(file("b.csv"), { outdated });
    await expect(
      ledger.claim(file("b.csv"), { ...options, ...(outdated === undefined ? {} : { outdated }) }),
    ).rejects.toThrow(FileBusy);
    expect(await ledger.accept(held, facts("m1"), isGone)).toEqual({});
  });
});

describe("getAll", () => {
  test("reads more entries than DynamoDB gives at once, and leaves out what is not there", async () => {
    const files = Array.from({ length: 130 }, (_, index) => file(`${index}`));
    await Promise.all(files.map((identity) => claim(identity)));
    const entries = await ledger.getAll([...files.map(({ key }) => key), "raw/reviews/none"]);
    expect([...entries.keys()].sort()).toEqual(files.map(({ key }) => key).sort());
    expect(await ledger.getAll([])).toEqual(new Map());
  });

  test("asks again for what DynamoDB left over", async () => {
    await ledger.accept(await claim(file("a")), facts("m1"), isThere);
    await ledger.accept(await claim(file("b")), facts("m2"), isThere);
    const send = client.send.bind(client);
    let isFirst = true;
    client.send = async (command: Parameters<typeof send>[0]): Promise<ServiceOutputTypes> => {
      if (!(command instanceof BatchGetItemCommand) || !isFirst) return send(command);
      isFirst = false;
      const Keys = command.input.RequestItems?.[table]?.Keys ?? [];
      const answer = await send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: Keys.slice(0, 1) } } }));
      return { ...answer, UnprocessedKeys: { [table]: { Keys: Keys.slice(1) } } };
    };
    expect((await ledger.getAll([file("a").key, file("b").key])).size).toBe(2);
  });
});

test("a failure of DynamoDB passes through", async () => {
  const broken = new FileLedger("no-such-table", client);
  await expect(broken.claim(file("a"), options)).rejects.toThrow(
    expect.objectContaining({ name: "ResourceNotFoundException" }),
  );
  await expect(broken.get("x")).rejects.toThrow(expect.objectContaining({ name: "ResourceNotFoundException" }));
});
