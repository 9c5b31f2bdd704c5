import { renderMarkdown } from "../../../cli/review/markdown";
import type { Plan, ResourceChange } from "../../../cli/review/plan";
import { EXIT_OF, reviewPlan } from "../../../cli/review/review";
import { Synthesis } from "../../../cli/stack/synthesis";
import { planOf, policy, resource } from "./plans";

const review = (resources: readonly ResourceChange[], allow: readonly string[] = [], more: Partial<Plan> = {}) =>
  reviewPlan({ ...planOf(...resources), ...more }, "prod", { allow });
const told = (...resources: ResourceChange[]) => renderMarkdown(review(resources));

test("nothing to do", () => {
  const data = resource("aws_iam_policy_document.x", null, { a: 1 }, { mode: "data" });
  const { verdict, changes } = review([resource("aws_sqs_queue.q", { a: 1 }, { a: 1 }), data]);
  expect([verdict, EXIT_OF[verdict], changes]).toEqual(["nothing", 0, []]);
  expect(told()).toContain("## Plan of prod: nothing to do");
});

describe("stateful resources", () => {
  const table = "aws_dynamodb_table.Ledger";

  test("that go are refused, with what is lost, until they are named", () => {
    const gone = resource(table, { name: "ledger" }, null);
    expect(review([gone])).toMatchObject({
      verdict: "refused",
      refusals: [{ address: table, why: expect.stringContaining("lost is every item") }],
    });
    expect(review([gone], [table])).toMatchObject({ verdict: "changes", refusals: [], unneeded: [] });
    expect(told(gone)).toContain(`Allow it with \`--allow '${table}'\``);
  });

  test("that are replaced are refused, with the attribute that forces it", () => {
    const replaced = resource(
      "aws_s3_bucket.Lake",
      { bucket: "a" },
      { bucket: "b" },
      { replace: true, replace_paths: [["bucket"]] },
    );
    expect(review([replaced]).refusals[0]?.why).toContain("lost is every object in it");
    expect(told(replaced)).toContain("`bucket`: `a` → `b`, which an update cannot do");
  });

  test("that Terraform forgets are refused", () => {
    const forgotten = resource(table, { name: "ledger" }, null, { actions: ["forget"] });
    expect(review([forgotten])).toMatchObject({ verdict: "refused", counts: { forget: 1, delete: 0 } });
  });

  test("of which nothing that matters is lost are red, but go", () => {
    const topic = resource("aws_sns_topic.T", { name: "t" }, null);
    expect(review([topic])).toMatchObject({ verdict: "changes", refusals: [] });
    expect(told(topic)).toContain("🔴 `aws_sns_topic.T` is **deleted**: lost is its subscriptions");
  });

  test("an override that nothing needs is said", () => {
    expect(review([], [table]).unneeded).toEqual([table]);
    expect(renderMarkdown(review([], [table]))).toContain("is not needed: leave it out");
  });
});

describe("permissions", () => {
  const reads = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::lake/*" };

  test("are told as who gains and loses what, whatever the order of statements", () => {
    const writes = { Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: "arn:aws:s3:::lake/*" };
    const lists = { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::lake" };
    const change = resource("aws_iam_role_policy.P", { policy: policy(reads, lists) }, { policy: policy(writes) });
    const text = told(change);
    expect(text).toContain("\\+ `its holder may s3:PutObject on arn:aws:s3:::lake/*`");
    expect(text).toContain("− `its holder may s3:ListBucket on arn:aws:s3:::lake`");
    expect(text).not.toContain("s3:GetObject");
    expect(
      told(resource("aws_iam_role_policy.P", { policy: policy(reads, lists) }, { policy: policy(lists, reads) })),
    ).not.toContain("### Permissions");
  });

  test("that anyone gains are refused; under a condition they are not", () => {
    const open = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
    const bucket = "aws_s3_bucket_policy.P";
    expect(review([resource(bucket, { policy: policy() }, { policy: policy(open) })])).toMatchObject({
      verdict: "refused",
      refusals: [{ address: bucket, why: expect.stringContaining("opens it: * may s3:GetObject on *") }],
    });
    const condition = { StringEquals: { "aws:PrincipalAccount": "123456789012" } };
    expect(review([resource(bucket, null, { policy: policy({ ...open, Condition: condition }) })]).verdict).toBe(
      "changes",
    );
    expect(review([resource(bucket, null, { policy: policy({ ...open, Effect: "Deny" }) })]).verdict).toBe("changes");
    expect(review([resource(bucket, { policy: policy(open) }, null)]).verdict).toBe("changes");
  });

  test("that are not known yet are not lost; a stack tells them by the addresses of what is yet to be made", () => {
    const before = { policy: policy(reads, { ...reads, Action: "s3:PutObject" }) };
    const unknown = { actions: ["update" as const], after_unknown: { policy: true } };
    const change = resource("aws_iam_role_policy.P", before, {}, unknown);
    const text = told(change);
    expect(text).toContain("- `aws_iam_role_policy.P` policy: what it says is known after apply");
    expect(text).not.toContain("s3:GetObject");

    const lake = resource("aws_s3_bucket.Lake", { arn: "arn:aws:s3:::lake" }, { arn: "arn:aws:s3:::lake" });
    const resources = `["\${aws_s3_bucket.Lake.arn}/*","\${aws_sqs_queue.New.arn}"]`;
    const declared = new Synthesis({
      resource: {
        aws_iam_role_policy: {
          P: {
            policy: `\${jsonencode({"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":${resources}}]})}`,
          },
        },
      },
    });
    const { changes } = reviewPlan(planOf(lake, change), "prod", { stack: declared, rules: [] });
    const grant = { effect: "Allow", principal: "its holder", condition: "" };
    expect(changes.flatMap(({ policies }) => policies)).toEqual([
      {
        path: "policy",
        isUnknown: true,
        gained: [{ ...grant, action: "s3:GetObject", resource: `\${aws_sqs_queue.New.arn}` }],
        lost: [{ ...grant, action: "s3:PutObject", resource: "arn:aws:s3:::lake/*" }],
        isBoundary: false,
        refused: [],
        opens: [],
      },
    ]);
  });

  test("of one kind are told in one line", () => {
    const many = { Effect: "Allow", Action: ["a:B", "a:C"], Resource: ["r1", "r2"] };
    expect(told(resource("aws_iam_policy.P", null, { policy: policy(many) }))).toContain(
      "`its holder may a:B, a:C on r1, r2`",
    );
  });

  test("to do anything are refused", () => {
    const all = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
    expect(review([resource("aws_iam_policy.P", null, { policy: all })]).verdict).toBe("refused");
  });

  test("of functions, by attachment and inline are told too", () => {
    const invoke = {
      principal: "events.amazonaws.com",
      action: "lambda:InvokeFunction",
      function_name: "f",
      source_arn: "arn:r",
    };
    const text = told(
      resource("aws_lambda_permission.L", null, invoke),
      resource("aws_iam_role_policy_attachment.A", null, { policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
      resource("aws_iam_role.R", null, { inline_policy: [{ name: "n", policy: policy(reads) }] }),
    );
    expect(text).toContain('`events.amazonaws.com may lambda:InvokeFunction on f if {"source_arn":"arn:r"}`');
    expect(text).toContain("what arn:aws:iam::aws:policy/AdministratorAccess says");
    expect(text).toContain("inline\\_policy\\[n\\]");
  });
});

test("a state machine's change is told state by state, those inside of others too", () => {
  const machine = (timeout: number, more: object = {}) =>
    JSON.stringify({
      StartAt: "A",
      States: {
        A: { Type: "Task", TimeoutSeconds: timeout, Next: "P" },
        P: {
          Type: "Parallel",
          Branches: [{ StartAt: "In", States: { In: { Type: "Pass", End: true, ...more } } }],
          End: true,
        },
      },
    });
  const address = "aws_sfn_state_machine.M";
  const text = told(resource(address, { definition: machine(60) }, { definition: machine(120, { Comment: "x" }) }));
  expect(text).toContain("`TimeoutSeconds: 60 → 120`");
  expect(text).toContain("state `P/In`");
  expect(text).toContain("`Comment: nothing → x`");
  expect(text).not.toContain("Branches");
  const spaced = JSON.stringify(JSON.parse(machine(60)), null, 2);
  expect(told(resource(address, { definition: machine(60) }, { definition: spaced }))).not.toContain(
    "### State machine",
  );
  const without = JSON.stringify({ StartAt: "B", States: { B: { Type: "Pass", End: true } } });
  const renamed = told(resource(address, { definition: machine(60) }, { definition: without }));
  expect(renamed).toContain("\\+ state `B`");
  expect(renamed).toContain("− state `A`");
});

describe("what makes something less safe", () => {
  test.each<[string, ResourceChange, string]>([
    [
      "protection",
      resource("aws_dynamodb_table.T", { deletion_protection_enabled: true }, { deletion_protection_enabled: false }),
      "refused",
    ],
    ["protection", resource("aws_s3_bucket.B", { force_destroy: false }, { force_destroy: true }), "refused"],
    ["encryption", resource("aws_sqs_queue.Q", { kms_master_key_id: "k" }, { kms_master_key_id: null }), "refused"],
    [
      "retention",
      resource("aws_cloudwatch_log_group.G", { retention_in_days: 365 }, { retention_in_days: 14 }),
      "changes",
    ],
    [
      "network",
      resource("aws_s3_bucket_public_access_block.B", { block_public_acls: true }, { block_public_acls: false }),
      "changes",
    ],
  ])("%s is red: %j", (topic, change, verdict) => {
    expect(review([change]).verdict).toBe(verdict);
    expect(told(change)).toContain(`🔴 ${topic}: `);
  });

  test.each<[string, ResourceChange]>([
    ["longer retention", resource("aws_cloudwatch_log_group.G", { retention_in_days: 14 }, { retention_in_days: 365 })],
    [
      "another time",
      resource(
        "aws_scheduler_schedule.S",
        { schedule_expression: "cron(0 3 * * ? *)" },
        { schedule_expression: "cron(0 4 * * ? *)" },
      ),
    ],
    ["more protection", resource("aws_s3_bucket.B", { force_destroy: true }, { force_destroy: false })],
  ])("%s is called out, and not red", (_, change) => {
    const text = told(change);
    expect(text).toContain("### Protection, encryption, retention, network, schedules");
    expect(text).not.toContain("🔴");
  });
});

describe("values", () => {
  test("that are secret are never shown, nor policies and parts that hold one", () => {
    const secret = "hunter2";
    const text = told(
      resource(
        "aws_secretsmanager_secret_version.V",
        { secret_string: "old" },
        { secret_string: secret },
        {
          before_sensitive: { secret_string: true },
          after_sensitive: { secret_string: true },
        },
      ),
      resource(
        "aws_lambda_function.F",
        { environment: [{ variables: { A: "1" } }] },
        { environment: [{ variables: { A: secret } }] },
        {
          after_sensitive: { environment: [{ variables: true }] },
        },
      ),
      resource(
        "aws_iam_policy.P",
        null,
        { policy: policy({ Effect: "Allow", Action: secret, Resource: "*" }) },
        { after_sensitive: { policy: true } },
      ),
    );
    expect(text).not.toContain(secret);
    expect(text).toContain("`secret_string`: (not shown) → (not shown)");
    // The names in a marked whole may be secrets themselves.
    expect(text).toContain("`environment[0].variables`: (not shown) → (not shown)");
  });

  test.each<[string, ResourceChange]>([
    [
      "in a list of texts, of which one is marked",
      resource("aws_x.X", { a: ["hunter2", "b"] }, { a: ["c", "b"] }, { before_sensitive: { a: [true, false] } }),
    ],
    [
      "in a part of what becomes something else",
      resource("aws_x.X", { a: { b: "hunter2" } }, { a: "none" }, { before_sensitive: { a: { b: true } } }),
    ],
    [
      "in a policy inside of a role",
      resource(
        "aws_iam_role.R",
        null,
        { inline_policy: [{ name: "n", policy: policy({ Effect: "Allow", Action: "hunter2", Resource: "*" }) }] },
        { after_sensitive: { inline_policy: [{ policy: true }] } },
      ),
    ],
    [
      "in a permission of a function",
      resource("aws_lambda_permission.P", null, { principal: "hunter2" }, { after_sensitive: { principal: true } }),
    ],
    [
      "in a state machine",
      resource(
        "aws_sfn_state_machine.M",
        { definition: '{"States":{"A":{"Type":"Pass"}}}' },
        { definition: '{"States":{"A":{"Type":"Pass","Result":"hunter2"}}}' },
        { after_sensitive: { definition: true } },
      ),
    ],
  ])("that are secret are not shown %s", (_, change) => {
    expect(told(change)).not.toContain("hunter2");
    expect(JSON.stringify(review([change]))).not.toContain("hunter2");
  });

  test("that are known after apply are said to be, and why", () => {
    const text = told(resource("aws_x.X", { arn: "a" }, {}, { actions: ["update"], after_unknown: { arn: true } }));
    expect(text).toContain("`arn`: `a` → (known after apply)");
    expect(text).toContain("### Known after apply\n\n- `aws_x.X` `arn`: the provider sets it");
  });

  test("that say the same in another way are no difference", () => {
    const text = told(resource("aws_x.X", { a: null, b: [], c: {}, d: 1 }, { d: 2 }));
    expect(text.match(/→/g)).toHaveLength(1);
  });

  test("from a plan are no markup, no mention and no line of their own", () => {
    const text = told(
      resource("aws_x.X", { tag: "a" }, { tag: "`</details>@team\n# Title" }),
      resource("aws_x.Y", null, {}, { from: "aws_x.[link](http://x)", actions: ["no-op"] }),
    );
    expect(text).toContain("`` `</details>@team?# Title ``");
    expect(text).not.toMatch(/^# Title/m);
  });
});

test("moves and imports are told, and are changes", () => {
  const moved = resource("aws_x.New", { a: 1 }, { a: 1 }, { from: "aws_x.Old" });
  const imported = resource("aws_x.I", { a: 1 }, { a: 1 }, { importing: { id: "i" } });
  expect(review([moved, imported])).toMatchObject({ verdict: "changes", counts: { move: 1, import: 1, update: 0 } });
  expect(told(moved)).toContain("`aws_x.Old` → `aws_x.New`");
});

test("a plan that broke off is refused, and nothing can allow it", () => {
  expect(review([], ["*"], { errored: true })).toMatchObject({
    verdict: "refused",
    refusals: [{ why: expect.stringContaining("ended with an error") }],
  });
});

test("outputs and drift are told", () => {
  const change = { actions: ["create" as const], before: null, after: "x" };
  const more = { output_changes: { bucket: change }, resource_drift: [resource("aws_x.D", { a: 1 }, { a: 2 })] };
  const reviewed = review([], [], more);
  expect(reviewed).toMatchObject({ verdict: "changes", outputs: ["bucket"] });
  expect(renderMarkdown(reviewed)).toContain("### Changed outside of Terraform\n\n- `aws_x.D`\n  - `a`: `1` → `2`");
});

describe("the comment", () => {
  const many = (number: number, make: (index: number) => ResourceChange) =>
    Array.from({ length: number }, (_, index) => make(index));
  const busy = [
    ...many(2_000, (index) => resource(`aws_cloudwatch_metric_alarm.Alarm${index}`, null, { name: `alarm ${index}` })),
    ...many(500, (index) => resource(`aws_x.U${index}`, { a: "before".repeat(30) }, { a: "after".repeat(30) })),
    resource("aws_dynamodb_table.Ledger", { name: "ledger" }, null),
  ];

  test("begins with what is lost, and shortens what matters least until it fits", () => {
    const text = renderMarkdown(review(busy));
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.indexOf("aws_dynamodb_table.Ledger")).toBeLessThan(text.indexOf("### Updated"));
    expect(text).toContain("### Updated, in part");
    expect(text).toMatch(/_… and [\d,]+ more lines of this part \(500: 500 aws_x\)\._/);
    expect(text).toMatch(/### Created, in (part|short)\n/);
    expect(text).toContain("2,000: 2,000 aws_cloudwatch_metric_alarm");
    expect(text).toContain("whole in the JSON review");
  });

  test("tells the first refusals where there is no room for all, and says how many there are", () => {
    const tables = many(2_000, (index) => resource(`aws_dynamodb_table.T${index}`, { name: "t" }, null));
    const text = renderMarkdown(review(tables));
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toMatch(/_… and [\d,]+ more lines of this part \(2,000 reasons\)\._/);
    // Most of what there is room for is used.
    expect(text.length).toBeGreaterThan(60_000);
    expect(text).toContain("### Goes, in part");
  });

  test("is not shortened without need", () => {
    const text = told(...busy.slice(0, 3));
    expect(text).toContain("- `aws_cloudwatch_metric_alarm.Alarm2`");
    expect(text).not.toMatch(/in short|in part/);
  });
});

test("the monthly bill is told before and after, with the lines that differ", () => {
  const change = { service: "KMS", item: "Keys", before: 1, after: 3 };
  const cost = { changes: [change], before: 10, after: 12, unknown: ["aws_x"] };
  const text = renderMarkdown(reviewPlan(planOf(), "prod", { cost }));
  expect(text).toContain("Monthly cost: $10.00 → $12.00 (+2.00)");
  expect(text).toContain("### Monthly cost\n\n- KMS, Keys: $1.00 → $3.00 (+2.00)\n- Not in it: `aws_x`");
  expect(told()).toContain("Monthly cost: not known.");
});

describe("what was renamed without a moved block", () => {
  const table = { name: "ledger", hash_key: "pk", billing_mode: "PAY_PER_REQUEST" };
  const old = resource("aws_dynamodb_table.Old", { ...table, arn: "arn" }, null);
  const young = (values: object = {}) =>
    resource("aws_dynamodb_table.New", null, { ...table, ...values, arn: null }, { after_unknown: { arn: true } });

  test("is refused, and the block proposed", () => {
    const reviewed = review([old, young()]);
    expect(reviewed).toMatchObject({
      verdict: "refused",
      renames: [{ from: "aws_dynamodb_table.Old", to: "aws_dynamodb_table.New" }],
      refusals: [{ why: expect.stringContaining("looks renamed to aws_dynamodb_table.New") }],
    });
    expect(renderMarkdown(reviewed)).toContain(
      "`moved { from = aws_dynamodb_table.Old, to = aws_dynamodb_table.New }`",
    );
  });

  test.each<[string, readonly ResourceChange[]]>([
    ["is of another name", [old, young({ name: "other" })]],
    ["is too little alike", [old, young({ hash_key: "id", billing_mode: "PROVISIONED", read_capacity: 5 })]],
    ["is of another type", [resource("aws_x.Old", table, null), young()]],
    ["could be either of two", [old, young(), { ...young(), address: "aws_dynamodb_table.Newer" }]],
  ])("is not proposed where what comes %s", (_, resources) => {
    expect(review(resources).renames).toEqual([]);
  });
});

describe("rules of policy", () => {
  const stack = new Synthesis({
    provider: { aws: [{ default_tags: [{ tags: { Project: "p", Environment: "e", Team: "t", CostCenter: "c" } }] }] },
    resource: { aws_cloudwatch_log_group: { G: { name: "g" } } },
  });

  test("that the planned stack breaks refuse the plan, until what breaks them is named", () => {
    const reviewed = reviewPlan(planOf(), "prod", { stack });
    const address = "aws_cloudwatch_log_group.G";
    expect(reviewed).toMatchObject({
      verdict: "refused",
      findings: [{ rule: "a log group forgets", breach: address, address }],
    });
    expect(renderMarkdown(reviewed)).toContain(`- 🔴 \`${address}\` breaks: a log group forgets`);
    expect(reviewPlan(planOf(), "prod", { stack, allow: [address] })).toMatchObject({
      verdict: "nothing",
      unneeded: [],
    });
  });

  test("that cannot be looked at are no pass", () => {
    const odd = new Synthesis({ ...stack.json, resource: { aws_iam_role: { R: { assume_role_policy: "{}" } } } });
    expect(reviewPlan(planOf(), "prod", { stack: odd })).toMatchObject({
      verdict: "refused",
      findings: expect.arrayContaining([
        expect.objectContaining({ breach: expect.stringContaining("it could not be looked at (no jsonencode") }),
      ]),
    });
  });

  test("that nobody can be named for cannot be allowed", () => {
    const untagged = new Synthesis({ provider: { aws: [{}] } });
    expect(reviewPlan(planOf(), "prod", { stack: untagged, allow: ["*"] }).refusals).toContainEqual({
      why: "the tag Project is missing breaks a policy: everything carries the common tags.",
    });
  });
});

test("what is known after apply is told with what it waits for", () => {
  const queue = resource("aws_sqs_queue.New", null, { name: "q" });
  const fn = resource(
    "aws_lambda_function.F",
    { environment: [{ variables: { Q: "url" } }] },
    { environment: [{ variables: {} }] },
    { actions: ["update"], after_unknown: { environment: [{ variables: { Q: true } }] } },
  );
  const references = new Map([["aws_lambda_function.F", { environment: ["aws_sqs_queue.New", "aws_sqs_queue.Old"] }]]);
  expect(review([queue, fn], [], { references }).unknowns).toEqual([
    { address: "aws_lambda_function.F", path: "environment[0].variables.Q", from: ["aws_sqs_queue.New"] },
  ]);
});
