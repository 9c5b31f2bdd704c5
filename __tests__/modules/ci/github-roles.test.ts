import { GithubRoles, type GithubRolesProps } from "../../../modules/ci";
import { ConfigurationError } from "../../../modules/lib/errors";
import { names as namesOf } from "../../../modules/lib/naming";
import { type Statement, statements, synthesize } from "../support/synthesis";

const names = namesOf({ name: "dev", account: "123456789012" });
const build = (props: Partial<GithubRolesProps> = {}) =>
  synthesize((stack) => {
    new GithubRoles(stack, "Ci", {
      names,
      repository: "shop/lake",
      branch: "main",
      stateBucket: "states",
      provider: "own",
      ...props,
    });
  });

/** Statement of trust and permissions of each role. */
function rolesOf(props: Partial<GithubRolesProps> = {}) {
  const stack = build(props);
  return Object.fromEntries(
    stack.every("aws_iam_role").map((role) => {
      const [trust, ...others] = statements(role.assume_role_policy);
      if (trust === undefined || others.length > 0) throw new Error("a role is trusted by one statement");
      const policy = stack.find("aws_iam_role_policy", "role", `\${${role.address}.id}`);
      return [
        String(role.name).split("-")[1],
        { role, trust, rights: statements(policy.policy), text: String(policy.policy) },
      ];
    }),
  );
}

/** Rights of a role; a test of none would pass for nothing. */
function rightsOf(name: string): readonly Statement[] {
  const role = rolesOf()[name];
  if (role === undefined) throw new Error(`there is no role ${name}`);
  return role.rights;
}

test("each role is for one subject of one repository, by GitHub's provider alone", () => {
  const provider = build().only("aws_iam_openid_connect_provider");
  expect(provider).toMatchObject({
    url: "https://token.actions.githubusercontent.com",
    client_id_list: ["sts.amazonaws.com"],
  });
  const roles = rolesOf();
  expect(Object.keys(roles).sort()).toEqual(["audit", "deploy", "plan"]);
  const subjects = { plan: "pull_request", audit: "ref:refs/heads/main", deploy: "environment:dev" };
  for (const [name, subject] of Object.entries(subjects)) {
    expect(roles[name]?.trust).toMatchObject({
      actions: ["sts:AssumeRoleWithWebIdentity"],
      principals: { Federated: [`\${${provider.address}.arn}`] },
      // Equal, not alike: no other branch, environment or repository has this subject.
      conditions: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": `repo:shop/lake:${subject}`,
        },
      },
    });
  }
});

test("a provider that the account has already is used as it is", () => {
  const stack = build({ provider: "existing" });
  expect(stack.has("aws_iam_openid_connect_provider")).toBe(false);
  expect(JSON.stringify(rolesOf({ provider: "existing" }).plan?.trust.principals)).toContain(
    ":oidc-provider/token.actions.githubusercontent.com",
  );
});

test.each<[string, Partial<GithubRolesProps>]>([
  ["a repository with a wildcard", { repository: "shop/*" }],
  ["a repository without an owner", { repository: "lake" }],
  ["a repository with a subject", { repository: "shop/lake:ref" }],
  ["a branch with a wildcard", { branch: "*" }],
  ["no branch", { branch: "" }],
])("%s is refused", (_, props) => {
  expect(() => build(props)).toThrow(ConfigurationError);
});

const allows = (rights: readonly Statement[], pattern: RegExp) =>
  rights.flatMap(({ actions, resources }) =>
    actions.filter((action) => pattern.test(action)).map((action) => [action, resources]),
  );

test("a pull request reads the state, and nothing of the account", () => {
  const rights = rightsOf("plan");
  expect(rights.map(({ sid }) => sid).sort()).toEqual(["Check", "FindState", "ReadState"]);
  expect(allows(rights, /Put|Delete|Create|Update|SecretValue/)).toEqual([]);
});

test("who audits changes nothing but the lock, and reads no data", () => {
  const rights = rightsOf("audit");
  const writes = allows(rights, /:(?!Get|List|Describe|View|Validate)/);
  expect(writes.map(([action]) => action).sort()).toEqual(["s3:DeleteObject", "s3:PutObject"]);
  for (const [, resources] of writes)
    expect(JSON.stringify(resources)).toMatch(/:s3:::states\/commerce-lake-dev\.tfstate\.tflock"\]$/);
  const data = /^(dynamodb:(Get|BatchGet|Query|Scan)|sqs:Receive|logs:(Get|Filter)|athena:GetQuery|kms:Decrypt)/;
  expect(allows(rights, data)).toEqual([]);
  for (const [action, resources] of allows(rights, /^s3:(Get\*|GetObject)/)) {
    expect([action, JSON.stringify(resources)]).toEqual([action, expect.stringMatching(/states\/|\/artifacts\//)]);
  }
});

test("who deploys gives roles rights within the boundary alone, and takes it off none", () => {
  const rights: readonly Statement[] =
    rolesOf({ permissionBoundary: "commerce-lake-boundary-dev" }).deploy?.rights ?? [];
  const boundary = expect.stringMatching(/^arn:\S+:iam::\S+:policy\/commerce-lake-boundary-dev$/);
  const giving = rights.filter(({ actions }) => actions.some((action) => /iam:(Create|Put|Attach)Role/.test(action)));
  expect(giving.map(({ conditions }) => conditions)).toEqual([
    { StringEquals: { "iam:PermissionsBoundary": boundary } },
  ]);
  expect(allows(rights, /DeleteRolePermissionsBoundary|iam:.*\*/).map(([action]) => action)).toEqual([
    "iam:Get*",
    "iam:List*",
  ]);

  const unbound = rightsOf("deploy").find(({ actions }) => actions.includes("iam:CreateRole"));
  expect(unbound?.conditions).toEqual({});
});

test("who deploys can change neither these roles nor users, and passes the lake's roles to services of the lake alone", () => {
  const rights = rightsOf("deploy");
  const text = rolesOf().deploy?.text ?? "";
  for (const [action, resources] of allows(rights, /^iam:(?!Get|List)/)) {
    expect([action, JSON.stringify(resources)]).toEqual([
      action,
      expect.stringMatching(/:(role|policy)\/commerce-lake-\*-dev"\]$/),
    ]);
  }
  expect(text).not.toMatch(/iam:\*|User|AccessKey|OpenIDConnect/);
  const [pass] = rights.filter(({ actions }) => actions.includes("iam:PassRole"));
  expect(JSON.stringify(pass?.conditions)).toContain("iam:PassedToService");
  // What IAM takes for one role, all inline policies together.
  expect(text.length).toBeLessThan(10_240);
});
