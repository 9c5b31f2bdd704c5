import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { aws } from "./aws";
import { ConfigurationError } from "./errors";
import { jsonencode } from "./expression";
import { checkedName } from "./naming";

/** One thing that a role may do. */
export interface Permission {
  /** What it is for, in PascalCase; unique in its role. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Operator → key → value, as IAM spells them. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Whom a grant can be given to: roles of this project, and whatever else takes a permission. */
export interface Grantee {
  allow(...permissions: Permission[]): void;
}

export interface RoleProps {
  /** Physical name. */
  readonly name: string;
  readonly description: string;
  /** Who assumes it: principal and conditions, as IAM spells them. */
  readonly trust: {
    /** What takes the role on; `sts:AssumeRole` where left out. */
    readonly Action?: "sts:AssumeRole" | "sts:AssumeRoleWithWebIdentity";
    readonly Principal: Readonly<Record<string, string>>;
    readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  };
}

/** A role with exactly the permissions that grants have given it. */
export class Role extends Construct implements Grantee {
  readonly arn: string;
  readonly name: string;
  /** The inline policy; depend on it where a service checks permissions at creation. Undefined until the first grant. */
  policy?: IamRolePolicy;
  private readonly permissions: Permission[] = [];
  private readonly role: IamRole;

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    this.role = new IamRole(this, "Role", {
      name: checkedName("role", props.name),
      description: props.description,
      assumeRolePolicy: jsonencode({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: props.trust.Principal,
            Action: props.trust.Action ?? "sts:AssumeRole",
            Condition: props.trust.Condition,
          },
        ],
      }),
    });
    this.arn = this.role.arn;
    this.name = this.role.name;
    this.node.addValidation({
      validate: () =>
        this.permissions.length > 0
          ? []
          : [`the role "${props.name}" may do nothing: give it a grant, or leave it out`],
    });
  }

  /**
   * Adds to what the role may do.
   *
   * @throws ConfigurationError where a sid is taken by a permission that says something else, or nothing is permitted.
   */
  allow(...permissions: Permission[]): void {
    for (const permission of permissions) this.add(permission);
  }

  private add(permission: Permission): void {
    if (permission.actions.length === 0 || permission.resources.length === 0) {
      throw new ConfigurationError(this, {
        rule: "a permission names at least one action and one resource",
        received: permission,
        remedy: "name both, or leave the permission out",
      });
    }
    if (!/^[A-Za-z0-9]+$/.test(permission.sid)) {
      throw new ConfigurationError(this, {
        rule: "a sid is letters and digits",
        received: permission.sid,
        remedy: "spell it in PascalCase",
      });
    }
    const known = this.permissions.find(({ sid }) => sid === permission.sid);
    if (known !== undefined) {
      // The same grant given twice is one grant.
      if (JSON.stringify(known) === JSON.stringify(permission)) return;
      throw new ConfigurationError(this, {
        rule: `a sid stands for one permission, and "${permission.sid}" is taken`,
        received: permission,
        remedy: "choose another sid",
      });
    }
    this.permissions.push(permission);
    this.policy ??= new IamRolePolicy(this, "Policy", {
      name: "permissions",
      role: this.role.id,
      // At synthesis, when every grant has been given.
      policy: Lazy.stringValue({
        produce: () => jsonencode({ Version: "2012-10-17", Statement: this.permissions.map(statement) }),
      }),
    });
  }
}

export interface ServiceRoleProps extends Omit<RoleProps, "trust"> {
  /** The one service that assumes it, such as `lambda.amazonaws.com`. */
  readonly service: string;
}

/**
 * A role that one AWS service assumes, for this account alone.
 *
 * @example
 * const role = new ServiceRole(this, "Role", { name: names.role("x"), service: "lambda.amazonaws.com", description: "…" });
 * lake.zones.raw.grantRead(role);
 */
export class ServiceRole extends Role {
  constructor(scope: Construct, id: string, { service, ...props }: ServiceRoleProps) {
    super(scope, id, {
      ...props,
      trust: {
        Principal: { Service: service },
        // Against the confused deputy: only for what this account asks of the service.
        Condition: { StringEquals: { "aws:SourceAccount": aws(scope).account } },
      },
    });
  }
}

function statement({ sid, actions, resources, conditions }: Permission) {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: [...actions],
    Resource: [...resources],
    ...(conditions === undefined ? {} : { Condition: conditions }),
  };
}
