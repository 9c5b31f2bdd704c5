import { EncryptionKey } from "../../../modules/lib/encryption-key";
import { statements, synthesize } from "../support/synthesis";

test("a key needs no alias, and says how sensitive what it encrypts is", () => {
  const stack = synthesize((scope) => {
    new EncryptionKey(scope, "Key", { description: "For a test", classification: "internal" });
  });
  expect(stack.has("aws_kms_alias")).toBe(false);
  expect(stack.only("aws_kms_key")).toMatchObject({
    description: "For a test",
    tags: { DataClassification: "internal", DataSource: "all" },
  });
});

test("services get in by statement, the account always first", () => {
  const stack = synthesize((scope) => {
    new EncryptionKey(scope, "Key", {
      description: "For a test",
      allow: ({ account }) => [
        {
          Sid: "AllowQueues",
          Principal: { Service: "sqs.amazonaws.com" },
          Action: ["kms:Decrypt"],
          Condition: { StringEquals: { "aws:SourceAccount": account } },
        },
      ],
    });
  });
  expect(statements(stack.only("aws_kms_key").policy)).toMatchObject([
    { sid: "AccountDecides" },
    {
      sid: "AllowQueues",
      effect: "Allow",
      actions: ["kms:Decrypt"],
      resources: ["*"],
      principals: { Service: ["sqs.amazonaws.com"] },
      conditions: { StringEquals: { "aws:SourceAccount": expect.stringContaining("account_id") } },
    },
  ]);
});
