import { Fn } from "cdktf";
import type { IConstruct } from "constructs";
import { ConfigurationError } from "../lib/errors";

/** Somebody, or something, that gets a topic's messages. E-mail addresses and HTTPS endpoints confirm once; a queue's own policy lets the topic in. */
export interface Subscription {
  readonly protocol: "email" | "https" | "sqs";
  /** `team@example.com`, `https://…`, or the ARN of a queue. */
  readonly endpoint: string;
  /** `alarms`: what alarms say when they start or end, and nothing else, as a pager wants it; without it, everything. */
  readonly only?: "alarms";
}

/**
 * Lets through what `tell-alarm` marks as an alarm's words.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
 */
export const ALARMS_ALONE = {
  filterPolicyScope: "MessageAttributes",
  filterPolicy: Fn.jsonencode({ kind: ["alarm"] }),
} as const;

/** What an endpoint looks like, and how to write it. */
const ENDPOINTS: Readonly<Record<Subscription["protocol"], { readonly pattern: RegExp; readonly example: string }>> = {
  email: { pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, example: "team@example.com" },
  // SNS posts messages there as they are: a secret belongs into the path at most, never into user and password.
  https: { pattern: /^https:\/\/[^\s@/]+\.[^\s@/]+(\/\S*)?$/, example: "https://pager.example.com/lake" },
  sqs: { pattern: /^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:\S+$/, example: "arn:aws:sqs:eu-central-1:123456789012:pager" },
};

/**
 * Checks where a subscription leads.
 *
 * @returns its endpoint.
 * @throws ConfigurationError that shows what one of its protocol looks like.
 */
export function checkedEndpoint(where: IConstruct, { protocol, endpoint }: Subscription): string {
  const { pattern, example } = ENDPOINTS[protocol];
  if (!pattern.test(endpoint)) {
    throw new ConfigurationError(where, {
      rule: `a subscription by ${protocol} has an endpoint of its kind`,
      received: endpoint,
      remedy: `write it like ${example}`,
    });
  }
  return endpoint;
}
