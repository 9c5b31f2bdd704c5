import {
  AccessLogs,
  DEFAULTS,
  Lake,
  type LakeProps,
  permitDataDeletion,
  ZONE_NAMES,
  type ZoneSettings,
} from "../../../modules/lake";
import { aLake, aRole, NAMES } from "../support/parts";
import { asList, asObject, type Statement, statements, synthesize } from "../support/synthesis";

const build = (props: Partial<LakeProps> = {}, leave = false) =>
  synthesize((stack) => {
    if (leave) permitDataDeletion(stack);
    new Lake(stack, "Lake", { bucketName: NAMES.bucket, accessLogs: false, ...props });
  });

/** The lifecycle rule of a zone. */
function rule(stack: ReturnType<typeof build>, id: string) {
  const rules = asList(stack.only("aws_s3_bucket_lifecycle_configuration").rule).map(asObject);
  const found = rules.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
}

/** What the bucket's policy says of encryption: it denies, to everyone, uploads alone. */
function encryptionRules(stack: ReturnType<typeof build>): Statement[] {
  const rules = statements(stack.only("aws_s3_bucket_policy").policy).slice(2);
  for (const rule of rules) {
    expect(rule).toMatchObject({ effect: "Deny", principals: { "*": ["*"] }, actions: ["s3:PutObject"] });
    expect(rule.resources).toEqual([`\${${stack.only("aws_s3_bucket").address}.arn}/*`]);
  }
  return rules;
}

describe("by default", () => {
  const stack = build();

  test("the bucket is versioned, encrypted, private and owns its objects", () => {
    expect(stack.only("aws_s3_bucket")).toMatchObject({ bucket: NAMES.bucket, force_destroy: false });
    expect(stack.only("aws_s3_bucket_versioning").versioning_configuration).toEqual({ status: "Enabled" });
    expect(stack.only("aws_s3_bucket_server_side_encryption_configuration").rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } },
    ]);
    expect(stack.only("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(stack.only("aws_s3_bucket_ownership_controls").rule).toEqual({ object_ownership: "BucketOwnerEnforced" });
  });

  test("nobody gets in without TLS 1.2", () => {
    const bucket = `\${${stack.only("aws_s3_bucket").address}.arn}`;
    const everyone = {
      effect: "Deny",
      principals: { "*": ["*"] },
      actions: ["s3:*"],
      resources: [bucket, `${bucket}/*`],
    };
    expect(statements(stack.only("aws_s3_bucket_policy").policy)).toEqual([
      { sid: "DenyPlainHttp", ...everyone, conditions: { Bool: { "aws:SecureTransport": "false" } } },
      { sid: "DenyOldTls", ...everyone, conditions: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
      ...encryptionRules(stack),
    ]);
  });

  test("an upload that asks for another encryption is refused; one that asks for none gets the bucket's", () => {
    const header = "s3:x-amz-server-side-encryption";
    expect(encryptionRules(stack).map(({ sid, conditions }) => [sid, conditions])).toEqual([
      ["DenyOtherEncryption", { StringNotEquals: { [header]: "AES256" }, Null: { [header]: "false" } }],
      ["DenyKeysOfUploaders", { Null: { [`${header}-customer-algorithm`]: "false" } }],
    ]);
  });

  test("its events reach EventBridge", () => {
    expect(stack.only("aws_s3_bucket_notification").eventbridge).toBe(true);
  });

  test("zones age as the design says", () => {
    const ages = ZONE_NAMES.map((name) => {
      const { filter, transition, expiration } = rule(stack, name);
      return [name, filter, transition, expiration];
    });
    const infrequent = (days: number) => ({ days, storage_class: "STANDARD_IA" });
    expect(ages).toEqual([
      ["raw", [{ prefix: "raw/" }], [infrequent(30), { days: 90, storage_class: "GLACIER_IR" }], [{ days: 365 }]],
      ["quarantine", [{ prefix: "quarantine/" }], undefined, [{ days: 90 }]],
      ["processed", [{ prefix: "processed/" }], [infrequent(60)], undefined],
      ["curated", [{ prefix: "curated/" }], [infrequent(90)], undefined],
      ["runs", [{ prefix: "runs/" }], undefined, [{ days: 365 }]],
      ["athena-results", [{ prefix: "athena-results/" }], undefined, [{ days: 7 }]],
      ["spark-logs", [{ prefix: "spark-logs/" }], undefined, [{ days: 30 }]],
      ["artifacts", [{ prefix: "artifacts/" }], undefined, undefined],
    ]);
  });

  test("deleted objects go after 30 days, unfinished uploads after 7", () => {
    for (const name of ZONE_NAMES) {
      expect(rule(stack, name).noncurrent_version_expiration).toEqual([{ noncurrent_days: 30 }]);
    }
    expect(rule(stack, "leftovers")).toMatchObject({
      filter: [{ prefix: "" }],
      abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
      expiration: [{ expired_object_delete_marker: true }],
    });
  });

  test("the documented defaults are the real ones", () => {
    expect(DEFAULTS).toMatchObject({
      noncurrentDays: 30,
      accessLogDays: 90,
      abortUploadDays: 7,
      destroyData: false,
      lifecycle: true,
    });
    expect(Object.isFrozen(DEFAULTS)).toBe(true);
  });
});

describe("access logs", () => {
  const logging = (props: Partial<LakeProps> = {}) => {
    const stack = synthesize((scope) => {
      new Lake(scope, "Lake", { bucketName: NAMES.bucket, ...props });
    });
    const [logs] = stack.every("aws_s3_bucket").filter(({ bucket }) => bucket !== NAMES.bucket);
    return { stack, logs };
  };

  test("go to a bucket of their own, which takes them from S3 and from this bucket alone", () => {
    const { stack, logs } = logging();
    expect(logs).toMatchObject({ bucket: `${NAMES.bucket}-logs`, force_destroy: false });
    const bucket = `\${${logs?.address}.bucket}`;
    expect(stack.only("aws_s3_bucket_logging")).toMatchObject({
      target_bucket: bucket,
      target_prefix: `${NAMES.bucket}/`,
    });
    // S3 refuses logging to a bucket that does not let it in yet.
    const { address } = stack.find("aws_s3_bucket_policy", "bucket", `\${${logs?.address}.id}`);
    expect(stack.only("aws_s3_bucket_logging").depends_on).toContain(address);
    const [allowed] = statements(stack.find("aws_s3_bucket_policy", "bucket", `\${${logs?.address}.id}`).policy);
    expect(allowed).toEqual({
      sid: "AllowAccessLogs",
      effect: "Allow",
      principals: { Service: ["logging.s3.amazonaws.com"] },
      actions: ["s3:PutObject"],
      resources: [`\${${logs?.address}.arn}/${NAMES.bucket}/*`],
      conditions: {
        StringEquals: { "aws:SourceAccount": expect.stringContaining("account_id") },
        ArnLike: { "aws:SourceArn": expect.stringMatching(new RegExp(`:s3:::${NAMES.bucket}$`)) },
      },
    });
  });

  test("are kept 90 days unless said otherwise, or for ever where nothing ages", () => {
    const days = (props: Partial<LakeProps>) => {
      const { stack, logs } = logging(props);
      const { rule } = stack.find("aws_s3_bucket_lifecycle_configuration", "bucket", `\${${logs?.address}.id}`);
      return asObject(asList(asObject(asList(rule)[0]).expiration)[0]).days;
    };
    expect([days({}), days({ accessLogDays: 7 })]).toEqual([90, 7]);
    expect(logging({ lifecycle: false }).stack.has("aws_s3_bucket_lifecycle_configuration")).toBe(false);
  });

  test("stay encrypted by S3's own keys where the lake has another: S3 delivers to no other", () => {
    const { stack, logs } = logging({ kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/k" });
    const { rule } = stack.find(
      "aws_s3_bucket_server_side_encryption_configuration",
      "bucket",
      `\${${logs?.address}.id}`,
    );
    expect(JSON.stringify(rule)).toContain("AES256");
  });

  test("may go elsewhere, or nowhere", () => {
    expect(logging({ accessLogBucketName: "my-logs" }).logs).toMatchObject({ bucket: "my-logs" });
    expect(logging({ accessLogs: false }).stack.has("aws_s3_bucket_logging")).toBe(false);
  });
});

describe("with a KMS key", () => {
  const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/k";
  const stack = build({ kmsKeyArn });

  test("it encrypts every object, by way of a bucket key", () => {
    expect(stack.only("aws_s3_bucket_server_side_encryption_configuration").rule).toEqual([
      {
        apply_server_side_encryption_by_default: { sse_algorithm: "aws:kms", kms_master_key_id: kmsKeyArn },
        bucket_key_enabled: true,
      },
    ]);
  });

  test("uploads that ask for another encryption or another key are refused", () => {
    const header = "s3:x-amz-server-side-encryption";
    const keyId = `${header}-aws-kms-key-id`;
    expect(encryptionRules(stack).map(({ sid, conditions }) => [sid, conditions])).toEqual([
      ["DenyOtherEncryption", { StringNotEquals: { [header]: "aws:kms" }, Null: { [header]: "false" } }],
      ["DenyOtherKeys", { StringNotEquals: { [keyId]: kmsKeyArn }, Null: { [keyId]: "false" } }],
      ["DenyKeysOfUploaders", { Null: { [`${header}-customer-algorithm`]: "false" } }],
    ]);
  });

  test("grants give the key's use along with the objects: to read, to decrypt; to write, both; to list, none", () => {
    const keyActions = (grant: (lake: Lake, role: ReturnType<typeof aRole>) => void) => {
      const granted = synthesize((scope) =>
        grant(new Lake(scope, "Lake", { bucketName: NAMES.bucket, kmsKeyArn }), aRole(scope)),
      );
      const all = statements(granted.only("aws_iam_role_policy").policy);
      return all.filter(({ resources }) => resources.includes(kmsKeyArn));
    };
    const bucket = expect.stringMatching(/^\$\{aws_s3_bucket\..*\.arn\}$/);
    const conditions = {
      StringLike: {
        "kms:ViaService": "s3.*",
        "kms:EncryptionContext:aws:s3:arn": [bucket, expect.stringMatching(/\.arn\}\/\*$/)],
      },
    };
    expect(keyActions(({ zones }, role) => zones.raw.grantRead(role))).toMatchObject([
      { sid: "DecryptLake", actions: ["kms:Decrypt"], conditions },
    ]);
    expect(keyActions(({ zones }, role) => zones.runs.grantWrite(role))).toMatchObject([
      { sid: "EncryptLake", actions: ["kms:GenerateDataKey", "kms:Decrypt"], conditions },
    ]);
    expect(keyActions(({ zones }, role) => zones.raw.grantList(role))).toEqual([]);
  });
});

test("data is destroyed only where the prop says so and the environment gives leave", () => {
  const forced = (...given: Parameters<typeof build>) => build(...given).only("aws_s3_bucket").force_destroy;
  expect(forced({}, true)).toBe(false);
  expect(forced({ destroyData: false }, false)).toBe(false);
  expect(() => build({ destroyData: true })).toThrow(
    /^test\/Lake\/Bucket: data is destroyed only where destroyData says so and the environment gives leave; received/,
  );
});

test("one bucket of access logs takes those of several buckets, each below its name", () => {
  const stack = synthesize((scope) => {
    const logs = new AccessLogs(scope, "Logs", { bucketName: "the-logs", destroyData: false });
    for (const bucket of ["one-bucket", "other-bucket"]) {
      expect(logs.of(bucket)).toMatchObject({ prefix: `${bucket}/` });
    }
  });
  const allowed = statements(stack.only("aws_s3_bucket_policy").policy).filter(({ effect }) => effect === "Allow");
  expect(allowed.map(({ sid, resources }) => [sid, resources[0]?.split("/").slice(1).join("/")])).toEqual([
    ["AllowAccessLogs", "one-bucket/*"],
    ["AllowAccessLogs2", "other-bucket/*"],
  ]);
});

test("every setting can be set", () => {
  const stack = build(
    {
      destroyData: true,
      noncurrentDays: 1,
      abortUploadDays: 2,
      zones: { raw: { expireDays: 40 }, curated: { transitions: [] } },
    },
    true,
  );
  expect(stack.only("aws_s3_bucket").force_destroy).toBe(true);
  expect(rule(stack, "raw")).toMatchObject({
    expiration: [{ days: 40 }],
    noncurrent_version_expiration: [{ noncurrent_days: 1 }],
  });
  expect(rule(stack, "leftovers").abort_incomplete_multipart_upload).toEqual([{ days_after_initiation: 2 }]);
  expect(rule(stack, "curated").transition).toBeUndefined();
  expect(build({ lifecycle: false }).has("aws_s3_bucket_lifecycle_configuration")).toBe(false);
});

test("a move that would come after the end is left out", () => {
  const stack = build({ zones: { raw: { expireDays: 90 } } });
  expect(rule(stack, "raw")).toMatchObject({
    transition: [{ days: 30, storage_class: "STANDARD_IA" }],
    expiration: [{ days: 90 }],
  });
});

const raw = (zone: Partial<ZoneSettings>): Partial<LakeProps> => ({ zones: { raw: zone } });

test.each<[string, Partial<LakeProps>, RegExp]>([
  ["a bucket name S3 would refuse", { bucketName: "Lake" }, /bucket.*matches.*"Lake"/],
  ["noncurrentDays 0", { noncurrentDays: 0 }, /noncurrentDays is a whole number of days, at least 1; received 0/],
  ["accessLogDays 0", { accessLogDays: 0 }, /accessLogDays .* received 0/],
  ["abortUploadDays 0.5", { abortUploadDays: 0.5 }, /abortUploadDays .* received 0.5/],
  [
    "a prefix without a slash",
    raw({ prefix: "raw" }),
    /zone raw: a prefix is one lower-case folder name and a slash; received "raw"/,
  ],
  ["a prefix that is all of the bucket", raw({ prefix: "/" }), /zone raw: a prefix is/],
  [
    "expiry after no day",
    raw({ expireDays: 0 }),
    /zone raw: objects expire after a whole number of days, at least 1; received 0/,
  ],
  [
    "Standard-IA before S3 moves anything there",
    raw({ transitions: [{ days: 29, storage: "STANDARD_IA" }] }),
    /Standard-IA before 30 days; received 29/,
  ],
  [
    "moves in disorder",
    raw({
      transitions: [
        { days: 90, storage: "STANDARD_IA" },
        { days: 90, storage: "GLACIER_IR" },
      ],
    }),
    /one after another/,
  ],
  [
    "an age at which files of live tables would be deleted",
    { zones: { curated: { expireDays: 3_650 } } },
    /zone curated: the files of Iceberg tables are not expired by age.*expire snapshots/,
  ],
])("%s is refused", (_what, props, message) => {
  expect(() => build(props)).toThrow(message);
});

test("30 days, the least that S3 takes, is taken", () => {
  const stack = build(raw({ transitions: [{ days: 30, storage: "STANDARD_IA" }], expireDays: 31 }));
  expect(rule(stack, "raw").transition).toEqual([{ days: 30, storage_class: "STANDARD_IA" }]);
});

describe("grants", () => {
  const granted = (grant: (lake: Lake, role: ReturnType<typeof aRole>) => void): Statement[] => {
    const stack = synthesize((scope) => grant(aLake(scope), aRole(scope)));
    return statements(stack.only("aws_iam_role_policy").policy);
  };
  const bucket = `\${${build().only("aws_s3_bucket").address}.arn}`;

  test("reading a part of a zone is reading and listing that part", () => {
    expect(granted(({ zones }, role) => zones.raw.grantRead(role, "transactions/*"))).toMatchObject([
      {
        sid: "ReadRawTransactions",
        actions: ["s3:GetObject", "s3:GetObjectVersion"],
        resources: [`${bucket}/raw/transactions/*`],
        conditions: {},
      },
      {
        sid: "ListRawTransactions",
        actions: ["s3:ListBucket"],
        resources: [bucket],
        conditions: { StringLikeIfExists: { "s3:prefix": ["raw/transactions/*"] } },
      },
    ]);
  });

  test("writing is neither reading nor deleting", () => {
    const actions = granted(({ zones }, role) => zones.runs.grantWrite(role)).flatMap((one) => one.actions);
    expect(actions).toEqual(["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]);
  });

  test("listing reads nothing", () => {
    const actions = granted(({ zones }, role) => zones.quarantine.grantList(role)).flatMap((one) => one.actions);
    expect(actions).toEqual(["s3:ListBucket"]);
  });

  test("keeping files is reading, listing, writing and deleting, in its part of its zone alone", () => {
    const all = granted(({ zones }, role) => zones.quarantine.grantReadWrite(role, "reviews/*"));
    const part = "QuarantineReviews";
    expect(all.map(({ sid }) => sid)).toEqual([`Read${part}`, `List${part}`, `Write${part}`, `Delete${part}`]);
    const [read, list, write, remove] = all;
    // The folders above are looked at, never written.
    const above = ["quarantine", "quarantine/", "quarantine/reviews"];
    expect(read?.resources).toEqual(["quarantine/reviews/*", ...above].map((key) => `${bucket}/${key}`));
    expect(list?.conditions).toEqual({ StringLikeIfExists: { "s3:prefix": ["quarantine/reviews/*", ...above] } });
    expect(write?.resources).toEqual([`${bucket}/quarantine/reviews/*`]);
    expect(remove?.resources).toEqual([`${bucket}/quarantine/reviews/*`]);
  });

  test("grants on different parts of a zone stand side by side", () => {
    const all = granted(({ zones }, role) => {
      zones.runs.grantWrite(role, "*/manifest.json");
      zones.runs.grantWrite(role, "*/summary.json");
    });
    expect(all.map(({ sid, resources }) => [sid, resources])).toEqual([
      ["WriteRunsManifestJson", [`${bucket}/runs/*/manifest.json`]],
      ["WriteRunsSummaryJson", [`${bucket}/runs/*/summary.json`]],
    ]);
  });
});
