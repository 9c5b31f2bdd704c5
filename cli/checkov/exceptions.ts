import { ENVIRONMENT_NAMES, type EnvironmentName } from "../../envs";

/** What checkov judges: every environment's stack, and the one that is there before all: the bucket of the state and the roles of the workflows. */
export type JudgedStack = EnvironmentName | "bootstrap";
export const JUDGED_STACKS: readonly JudgedStack[] = [...ENVIRONMENT_NAMES, "bootstrap"];

/** A finding of checkov that stays, and why. */
export interface Exception {
  readonly check: string;
  /** The logical ids of the resources that it is about; without it, all. */
  readonly on?: RegExp;
  /** The stacks that it is about; without it, all. */
  readonly in?: readonly JudgedStack[];
  readonly reason: string;
}

/** Where people try things out. */
const TRIALS = ["local", "dev"] as const;

/** Every finding that stays, each with its reason. One that nothing needs any more fails the check as well. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    check: "CKV2_AWS_5",
    on: /^Network_Groups_Jobs_/,
    reason: "jobs take the group through Glue connections, which checkov does not follow",
  },
  {
    check: "CKV2_AWS_10",
    reason:
      "the trail is kept in a bucket with digests; every event once more in CloudWatch Logs would cost more than the lake, and nobody reads it there",
  },
  {
    check: "CKV2_AWS_57",
    reason:
      "a new key changes every pseudonym, so people decide when: docs/decisions/pseudonym-key-is-rotated-by-people.md",
  },
  { check: "CKV2_AWS_61", in: ["local"], reason: "nothing ages in a lake that lives as long as a terminal window" },
  {
    check: "CKV2_AWS_62",
    on: /^(Lake_AccessLogs|Trail|State)_/,
    reason:
      "nobody waits for access logs, the audit trail or a state to arrive; the lake's own bucket tells of its objects",
  },
  {
    check: "CKV_AWS_24",
    on: /^Network_Groups_JobsFromJobs_/,
    reason: "the rule lets in its own group; checkov takes a rule without addresses for one of all addresses",
  },
  {
    check: "CKV_AWS_25",
    on: /^Network_Groups_JobsFromJobs_/,
    reason: "the rule lets in its own group; checkov takes a rule without addresses for one of all addresses",
  },
  {
    check: "CKV_AWS_260",
    on: /^Network_Groups_JobsFromJobs_/,
    reason: "the rule lets in its own group; checkov takes a rule without addresses for one of all addresses",
  },
  { check: "CKV_AWS_67", reason: "the trail watches the objects of one bucket, which is in one region" },
  {
    check: "CKV_AWS_94",
    reason: "the catalog is encrypted by a role of its own (SSE-KMS-WITH-SERVICE-ROLE); checkov knows SSE-KMS alone",
  },
  {
    check: "CKV_AWS_115",
    reason:
      "reserving takes from the account's other functions, so it is a choice (functions.concurrency); maps and queues bound what runs at once",
  },
  {
    check: "CKV_AWS_116",
    reason:
      "what nobody waits for goes to a failure destination, which says more than a dead-letter queue; a policy test of ours demands a way for each function",
  },
  {
    check: "CKV_AWS_117",
    in: TRIALS,
    reason: "the VPC's endpoints would cost more than all else there; staging and prod have it",
  },
  {
    check: "CKV_AWS_117",
    on: /^Monitoring_Spend_ReportSpend_/,
    in: ["staging", "prod"],
    reason: "it asks Cost Explorer, which no endpoint of a VPC without a way to the internet leads to",
  },
  {
    check: "CKV_AWS_119",
    reason: "the ledgers hold names, counts and states, no records: AWS's key for DynamoDB encrypts them",
  },
  {
    check: "CKV_AWS_144",
    reason:
      "a copy in another region is the account's choice: it doubles the bill, and sources can send raw files again",
  },
  {
    check: "CKV_AWS_145",
    on: /^(Lake|State)_/,
    reason:
      "S3's own keys by default; for the lake a KMS key is a choice (encryption.data), and access logs can be encrypted by S3's keys alone",
  },
  { check: "CKV_AWS_149", reason: "IAM says who reads the secret; AWS's key for Secrets Manager encrypts it" },
  { check: "CKV_AWS_173", reason: "variables hold names of buckets, tables and databases, no secret" },
  {
    check: "CKV_AWS_195",
    on: /^Catalog_\w+Crawler_/,
    reason: "a crawler keeps no bookmark and writes no file, only the catalog, which is encrypted; jobs have one",
  },
  { check: "CKV_AWS_252", reason: "a message for each file of the trail, every few minutes, that nobody waits for" },
  { check: "CKV_AWS_272", reason: "signed code is a choice (functions.signed)" },
  { check: "CKV_AWS_284", in: ["local"], reason: "nothing receives traces on a laptop" },
  {
    check: "CKV_AWS_285",
    reason:
      "inputs and outputs hold object keys and messages of errors, so the log has them by choice alone (logs.executionData)",
  },
  {
    check: "CKV_AWS_286",
    on: /^Ci_Deploy_/,
    reason:
      "who deploys makes roles and passes them on: only the lake's, to its services alone, and IAM holds them to the boundary; reviewers decide who deploys",
  },
  {
    check: "CKV_AWS_289",
    on: /^Ci_Deploy_/,
    reason:
      "who deploys manages the lake's roles and policies, known by their names, and the settings of keys and the catalog",
  },
  {
    check: "CKV_AWS_289",
    on: /^Ci_Audit_/,
    reason:
      "it only reads; what glue:Get* and glue:List* cover includes calls that checkov's list files under permissions",
  },
  {
    check: "CKV_AWS_290",
    on: /^Ci_Deploy_/,
    reason: "Glue, KMS, alarms, Lake Formation, signing and networks give no name to what is not there yet",
  },
  {
    check: "CKV_AWS_355",
    on: /^Ci_(Audit|Deploy)_/,
    reason:
      "a refresh reads whatever the stack holds, most of it by calls that know no resource; it gives no data away",
  },
  { check: "CKV_AWS_297", reason: "what the schedule sends is the time that it was due" },
  {
    check: "CKV_AWS_338",
    in: ["local", "dev", "staging"],
    reason: "rehearsals need no year of logs; prod keeps 365 days",
  },
  {
    check: "CKV_AWS_394",
    on: /^Network_Zones_/,
    reason: "the first zones by name are taken, as many as the environment says: a new one changes nothing",
  },
];
