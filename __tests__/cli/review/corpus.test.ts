import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { planReview } from "../../../cli/commands/plan-review";
import { CliError } from "../../../cli/lib/errors";
import { MAX_COMMENT } from "../../../cli/review/markdown";
import type { Review } from "../../../cli/review/review";
import { planOfMany } from "./many";

const CORPUS = path.join(__dirname, "corpus");

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-review-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the command says and writes of a plan. */
function reviewed(file: string, more: { readonly allow?: readonly string[]; readonly stack?: string } = {}) {
  const said: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((text: string) => void said.push(text));
  try {
    const code = planReview(file, { allow: [], json: false, out: folder, ...more });
    const review: Review = JSON.parse(readFileSync(path.join(folder, "review.json"), "utf8"));
    expect(said.join("\n")).toBe(readFileSync(path.join(folder, "review.md"), "utf8"));
    return { code, review, text: said.join("\n") };
  } finally {
    log.mockRestore();
  }
}

const plan = (name: string) => path.join(CORPUS, `${name}.json`);

const LEDGER = "aws_dynamodb_table.Ledger_Table_487EE4D4";
const JOURNAL = "aws_dynamodb_table.Journal_Table_CE7B48DF";
const BUCKET = "aws_s3_bucket.Lake_Bucket_6F7C9FF1";
const BOUNDARY = "aws_iam_policy.Boundary_Policy_9AEF8565";
const KEY = "aws_kms_key.Key_43586C89";
const SECRET = "aws_secretsmanager_secret_version.Version";

/** What is expected of each plan: exit code, counts, refusals, and what is said. */
const EXPECTED: Readonly<
  Record<
    string,
    {
      readonly code: number;
      readonly counts: object;
      readonly refused?: readonly string[];
      readonly says: readonly string[];
    }
  >
> = {
  nothing: { code: 0, counts: { update: 0 }, says: ["nothing to do", "known differences that mean nothing"] },
  create: {
    code: 2,
    counts: { create: 16 },
    says: [
      "`states.amazonaws.com may sts:AssumeRole on this resource if",
      "Monthly cost: $0.00 → ",
      // What a reviewer of a first plan expects: shown, and neither red nor refused.
      `- \`${BOUNDARY}\` policy, a boundary: what is allowed at most\n  - \\+ \`its holder may athena:*`,
      `- \`${KEY}\` policy\n  - \\+ \`arn:aws:iam::123456789012:root may kms:* on *\``,
    ],
  },
  "create-open-to-strangers": {
    code: 3,
    counts: { create: 16 },
    refused: [KEY],
    says: ["  - 🔴 \\+ `arn:aws:iam::999999999999:root may kms:* on *`"],
  },
  "open-to-strangers": {
    code: 3,
    counts: { update: 2 },
    refused: [BOUNDARY, KEY],
    says: ["  - 🔴 \\+ `its holder may * on *`", "  - 🔴 \\+ `arn:aws:iam::999999999999:root may kms:* on *`"],
  },
  update: {
    code: 2,
    counts: { update: 2 },
    says: ["  - state `Work`\n    - `TimeoutSeconds: 60 → 120`", "- schedule: `aws_scheduler_schedule.Daily`"],
  },
  "replace-bucket": {
    code: 3,
    counts: { replace: 6, update: 1 },
    refused: [BUCKET],
    says: [
      "lost is every object in it, and the versions of each (an attribute changes that cannot be changed in place)",
      "  - `bucket`: `corpus-lake` → `corpus-lake-renamed`, which an update cannot do",
    ],
  },
  "delete-table": {
    code: 3,
    counts: { delete: 1 },
    refused: [LEDGER],
    says: ["lost is every item", "no longer in the stack"],
  },
  "widen-policy": {
    code: 2,
    counts: { update: 1 },
    says: [
      "- 🔴 \\+ `its holder may s3:GetObject, s3:PutObject, s3:DeleteObject on *`",
      "- − `its holder may s3:GetObject on arn:aws:s3:::corpus-lake/*`",
    ],
  },
  "change-retention": {
    code: 2,
    counts: { update: 1 },
    says: ["- 🔴 retention: ", "`retention_in_days`: `90` → `14`"],
  },
  "rename-without-moved": {
    code: 3,
    counts: { delete: 1, create: 1 },
    refused: [LEDGER],
    says: [`It looks renamed to ${JOURNAL.replaceAll("_", "\\_")}`, `moved { from = ${LEDGER}, to = ${JOURNAL} }`],
  },
  "rename-with-moved": { code: 2, counts: { move: 1 }, says: [`- \`${LEDGER}\` → \`${JOURNAL}\``] },
  sensitive: {
    code: 3,
    counts: { replace: 1 },
    refused: [SECRET],
    says: ["`secret_string`: (not shown) → (not shown)"],
  },
  forget: { code: 3, counts: { forget: 1 }, refused: [LEDGER], says: ["forgotten: it stays in the account"] },
  "provider-upgrade": { code: 0, counts: { update: 0 }, says: ["nothing to do"] },
};

test.each(Object.entries(EXPECTED))("%s", (name, { code, counts, refused = [], says }) => {
  const found = reviewed(plan(name));
  expect(found.code).toBe(code);
  expect(found.review.counts).toMatchObject(counts);
  expect(found.review.refusals.map(({ address }) => address)).toEqual(refused);
  for (const part of says) expect(found.text).toContain(part);
  expect(found.text + JSON.stringify(found.review)).not.toContain("hunter2");
  if (refused.length > 0) expect(reviewed(plan(name), { allow: refused })).toMatchObject({ code: 2 });
});

test("with its stack, a first plan tells policies that are known after apply, and the rules that it breaks", () => {
  const { code, text } = reviewed(plan("create"), { stack: plan("create.stack") });
  expect(text).toContain(`its holder may s3:GetObject on \${${BUCKET}.arn}/*`);
  expect(text).toContain(`- 🔴 \`${BUCKET}\` breaks: who asks what of a bucket is logged`);
  expect(code).toBe(3);
});

test("of 2,000 changes, what is lost comes first, all fits into a comment, and it takes no two seconds", () => {
  const file = path.join(folder, "many.json");
  writeFileSync(file, planOfMany(2_000));
  const before = process.cpuUsage();
  const { code, review, text } = reviewed(file);
  const { user, system } = process.cpuUsage(before);
  expect(code).toBe(3);
  expect(Object.values(review.counts).reduce((sum, count) => sum + count)).toBe(2_000);
  expect(text.length).toBeLessThanOrEqual(MAX_COMMENT);
  expect(text).toMatch(/^## Plan of many\.json: 🔴 refused\n/);
  expect(text.indexOf("### Refused")).toBeLessThan(text.indexOf("### Goes"));
  // Of the processor: what else the machine does is not the review's fault.
  expect((user + system) / 1e6).toBeLessThan(2);
});

describe("no plan", () => {
  const message = (text: string) => {
    const file = path.join(folder, "odd.json");
    writeFileSync(file, text);
    try {
      planReview(file, { allow: [], json: false });
    } catch (error) {
      if (error instanceof CliError) return error.message;
      throw error;
    }
    throw new Error("it was taken");
  };
  const whole = readFileSync(plan("sensitive"), "utf8");

  test("is one that is cut off: where it breaks is said, and nothing that it holds", () => {
    const said = message(whole.slice(0, whole.indexOf("hunter2-new") + 7));
    expect(said).toContain("is no plan of Terraform as JSON");
    expect(said).not.toContain("hunter2");
  });

  test.each(["0.2", "2.0"])("is one of format %s", (version) => {
    const { format_version: _, ...plan } = JSON.parse(whole);
    expect(message(JSON.stringify({ ...plan, format_version: version }))).toContain(`a plan of format "${version}"`);
  });
});
