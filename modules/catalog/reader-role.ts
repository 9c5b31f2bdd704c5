import type { Construct } from "constructs";
import { aws } from "../lib/aws";
import { ConfigurationError } from "../lib/errors";
import { Role } from "../lib/service-role";

export interface ReaderRoleProps {
  /** Physical name. */
  readonly name: string;
  readonly description: string;
  /**
   * ARNs of the principals of this account that may assume it, `*` for anything, such as those of a permission set:
   * `arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*Analyst*`. Empty, whoever the account's IAM allows to. @default []
   */
  readonly trusted?: readonly string[];
}

export const READER_DEFAULTS = Object.freeze({ trusted: Object.freeze([]) });

/**
 * A role that people of this account take on to read the lake. What they read is granted by the catalog.
 *
 * @example
 * const analysts = new ReaderRole(this, "Analysts", { name: names.role("analysts"), description: "Reads curated tables" });
 * catalog.grantRead(analysts, "curated");
 * query.workgroup.grantQuery(analysts);
 */
export class ReaderRole extends Role {
  /** @throws ConfigurationError on a principal that is no ARN of IAM. */
  constructor(scope: Construct, id: string, { trusted = READER_DEFAULTS.trusted, ...props }: ReaderRoleProps) {
    const { partition, account } = aws(scope);
    super(scope, id, {
      ...props,
      trust: {
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Condition: {
          StringEquals: { "aws:PrincipalAccount": account },
          ...(trusted.length === 0 ? {} : { ArnLike: { "aws:PrincipalArn": trusted } }),
        },
      },
    });
    const wrong = trusted.find((arn) => !/^arn:[a-z-]+:iam::(\d{12}|\*):(role|user)\/.+$/.test(arn));
    if (wrong !== undefined) {
      throw new ConfigurationError(this, {
        rule: "whom a role trusts is said by ARNs of roles or users",
        received: wrong,
        remedy: "write it like arn:aws:iam::111111111111:role/Analyst",
      });
    }
  }
}
