import type { IConstruct } from "constructs";
import { aws } from "./aws";

/**
 * The statement that every KMS key's policy begins with. Without it nobody could ever change the key again. It gives nothing by
 * itself: IAM decides within the account.
 */
export function accountDecides(scope: IConstruct) {
  const { partition, account } = aws(scope);
  return {
    Sid: "AccountDecides",
    Effect: "Allow",
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: "kms:*",
    Resource: "*", // this key: a key's policy speaks of nothing else
  };
}
