import type { Names } from "../lib/naming";

/** How private subnets reach the internet: not at all, through one NAT gateway, or through one in each zone. */
export type Nat = "none" | "one" | "each-zone";

/** What a network is unless its props say otherwise. */
export const NETWORK_DEFAULTS = Object.freeze({
  cidr: "10.0.0.0/16",
  /** Availability zones. */
  zones: 2,
  nat: "none" satisfies Nat as Nat,
  /** Services that are reached by an interface endpoint, by the end of their endpoint's name. */
  interfaceEndpoints: Object.freeze([
    "athena",
    "glue",
    "kms",
    "logs",
    "monitoring", // the jobs' metrics
    "secretsmanager",
    "sns",
    "sqs", // dead letters of functions
    "states",
    "sts", // who am I, and roles on the way to S3
  ]),
  flowLogRetentionDays: 30,
});

export interface NetworkProps {
  readonly names: Names;
  /** Addresses of the VPC, a private IPv4 block from /16 to /24. @default "10.0.0.0/16" */
  readonly cidr?: string;
  /** Availability zones, 1–6. @default 2 */
  readonly zones?: number;
  /** How private subnets reach the internet. @default "none" */
  readonly nat?: Nat;
  /**
   * Services that are reached by an interface endpoint, which is paid for by the hour in each zone; without it, `NETWORK_DEFAULTS`'
   * list. S3 and DynamoDB have gateway endpoints, which cost nothing, always.
   */
  readonly interfaceEndpoints?: readonly string[];
  /** Days that the flow logs are kept. @default 30 */
  readonly flowLogRetentionDays?: number;
}
