import { AthenaClient } from "@aws-sdk/client-athena";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { ENVIRONMENT_NAMES, type Environment, environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { UsageError } from "./errors";
import type { RunningLocal } from "./local-aws";
import { requireLocal } from "./local-registry";

/** An environment's lake, and the clients that reach it. */
export interface Lake {
  readonly environment: Environment;
  readonly names: ReturnType<typeof names>;
  readonly s3: S3Client;
  readonly athena: AthenaClient;
  readonly dynamo: DynamoDBClient;
  readonly stepFunctions: SFNClient;
  /** Where it is the AWS of this laptop. */
  readonly local?: RunningLocal;
}

/** How a client of any service reaches an environment. */
export function clientConfig(env: Environment, local?: RunningLocal) {
  return local
    ? {
        endpoint: local.endpoint,
        region: local.region,
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      }
    : { region: env.region };
}

/**
 * @param env an environment
 * @param local where it is the AWS of this laptop
 */
export function lakeOf(env: Environment, local?: RunningLocal): Lake {
  const config = clientConfig(env, local);
  return {
    environment: env,
    names: names(env),
    s3: new S3Client({ ...config, forcePathStyle: local !== undefined }),
    athena: new AthenaClient(config),
    dynamo: new DynamoDBClient(config),
    stepFunctions: new SFNClient(config),
    ...(local ? { local } : {}),
  };
}

/**
 * Finds the lake of an environment: real AWS with the credentials of this shell, `local` where `npm run local` keeps it up.
 *
 * @param name as typed
 * @throws UsageError where there is no such environment
 * @throws SetupError where the local AWS does not run
 */
export async function findLake(name: string): Promise<Lake> {
  if (!ENVIRONMENT_NAMES.some((known) => known === name)) {
    throw new UsageError(`There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")}.`);
  }
  const env = environment(name);
  return env.platform === "local" ? lakeOf(env, await requireLocal()) : lakeOf(env);
}
