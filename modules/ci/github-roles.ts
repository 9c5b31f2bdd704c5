import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { ConfigurationError } from "../lib/errors";
import type { Names } from "../lib/naming";
import { Role } from "../lib/service-role";
import { deployRights, readRights, stateRights } from "./rights";

/** GitHub's OpenID Connect provider: an account has it once, whoever made it. */
export type OidcProvider = "own" | "existing";

export interface GithubRolesProps {
  /** Of the environment that is planned and deployed. */
  readonly names: Names;
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /** Branch whose commits may be looked at with the account's eyes and deployed, such as `main`. */
  readonly branch: string;
  /** Bucket of Terraform's state. */
  readonly stateBucket: string;
  /**
   * Name of the permission boundary that the environment's roles bear: `deploy` can make no role without it, nor give one a right. Without a name, the
   * reviewers of a deploy are all that stands before that.
   */
  readonly permissionBoundary?: string;
  /** Whether the account's provider is made here, or there already. */
  readonly provider: OidcProvider;
}

const ISSUER = "token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";

/** What GitHub allows: no wildcard can be smuggled into a trust policy. */
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/;
const BRANCH = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;

/**
 * The roles that GitHub's workflows take on for one environment, without a key that lives longer than a job:
 *
 * - `plan`, by pull requests: reads the state, and nothing of the account. A pull request's code may be anybody's.
 * - `audit`, by the branch alone: reads how everything is configured, and no data; plans before a deploy, and looks for drift.
 * - `deploy`, by jobs of the environment of the same name alone, whose reviewers GitHub asks: makes and changes what the stack holds.
 *
 * @see https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
 * @example
 * new GithubRoles(this, "Ci", { names, repository: "shop/lake", branch: "main", stateBucket: "my-states", provider: "own", permissionBoundary: names.permissionBoundary });
 */
export class GithubRoles extends Construct {
  /** Reads the state; for pull requests. */
  readonly plan: Role;
  /** Reads configuration; for the branch. */
  readonly audit: Role;
  /** Makes and changes; for the environment. */
  readonly deploy: Role;

  /** @throws ConfigurationError on a repository or a branch that is none. */
  constructor(scope: Construct, id: string, props: GithubRolesProps) {
    super(scope, id);
    const { names, repository, branch, stateBucket } = props;
    checked(this, "a repository is named as owner/name", REPOSITORY, repository);
    checked(this, "a branch is named without wildcards", BRANCH, branch);
    const provider =
      props.provider === "own"
        ? new IamOpenidConnectProvider(this, "Github", { url: `https://${ISSUER}`, clientIdList: [AUDIENCE] }).arn
        : `arn:${aws(this).partition}:iam::${aws(this).account}:oidc-provider/${ISSUER}`;
    // Not named as the lake's roles are: who deploys those must not be able to change these.
    const role = (of: string, description: string, subject: string) =>
      new Role(this, of, {
        name: `ci-${of.toLowerCase()}-commerce-lake-${names.environment}`,
        description,
        trust: {
          Action: "sts:AssumeRoleWithWebIdentity",
          Principal: { Federated: provider },
          Condition: {
            StringEquals: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: `repo:${repository}:${subject}` },
          },
        },
      });
    this.plan = role("Plan", "Plans pull requests from the state alone", "pull_request");
    this.audit = role("Audit", "Reads configuration: plans deploys, finds drift", `ref:refs/heads/${branch}`);
    this.deploy = role("Deploy", "Applies plans that were reviewed", `environment:${names.environment}`);

    const state = stateRights(this, names, stateBucket);
    this.plan.allow(state.read, ...state.always);
    this.audit.allow(state.read, state.lock, ...state.always, ...readRights(this, names));
    this.deploy.allow(state.read, state.lock, state.write, ...state.always, ...readRights(this, names));
    this.deploy.allow(...deployRights(this, names, props.permissionBoundary));
  }
}

function checked(where: Construct, rule: string, pattern: RegExp, received: string): void {
  if (pattern.test(received)) return;
  throw new ConfigurationError(where, {
    rule,
    received,
    remedy: 'write it as GitHub shows it, such as "shop/lake" or "main"',
  });
}
