import { InvalidEvent } from "../lib/errors";

/** The four steps of a rotation, in order. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
export const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
export type Step = (typeof STEPS)[number];

/** Letters and digits; as many as `PiiKey` asks for. */
const KEY = /^[A-Za-z0-9]{64}$/;

/** What Secrets Manager asks of a rotation. */
export interface RotationRequest {
  /** ARN of the secret. */
  readonly secret: string;
  /** Id of the version that becomes the new one. */
  readonly version: string;
  readonly step: Step;
}

/** The secret, as a rotation needs it. */
export interface RotatedSecret {
  /** Stages by version; a version without a stage is not there. */
  stages(secret: string): Promise<Readonly<Record<string, readonly string[]>>>;
  /** The value of a version; undefined where it has none yet. */
  value(secret: string, version: string): Promise<string | undefined>;
  /** A random key, made by AWS. */
  newKey(): Promise<string>;
  /** Stores a value as the version that is to come (`AWSPENDING`). */
  store(secret: string, version: string, value: string): Promise<void>;
  /** Makes a version the one that is read (`AWSCURRENT`), in another's place. */
  promote(secret: string, version: string, instead: string | undefined): Promise<void>;
}

/** What a version must not be for a rotation to go on. */
export class RotationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RotationError";
  }
}

/**
 * One step of the rotation of the pseudonyms' key. Each may be called again, after any failure: a key is made once for a version, and a
 * version that is read already stays so. The merge notices the new key by itself, and makes the curated tables anew.
 *
 * @throws RotationError where the version is not one that Secrets Manager prepared, or holds no key.
 */
export async function rotatePiiKey({ secret, version, step }: RotationRequest, client: RotatedSecret): Promise<void> {
  const stages = await client.stages(secret);
  const own = stages[version];
  if (own === undefined) throw new RotationError(`Version ${version} is none of the secret's.`);
  if (own.includes("AWSCURRENT")) return; // done before
  if (!own.includes("AWSPENDING")) throw new RotationError(`Version ${version} is not the one that is to come.`);

  if (step === "createSecret") {
    if ((await client.value(secret, version)) === undefined) {
      await client.store(secret, version, await client.newKey());
    }
  } else if (step === "testSecret") {
    // Its value never is part of a message.
    if (!KEY.test((await client.value(secret, version)) ?? "")) {
      throw new RotationError(`Version ${version} holds no key of 64 letters and digits.`);
    }
  } else if (step === "finishSecret") {
    const [current] = Object.entries(stages).find(([, held]) => held.includes("AWSCURRENT")) ?? [];
    await client.promote(secret, version, current);
  }
  // setSecret: nobody else has to be told the key.
}

/** @throws InvalidEvent on a step that is none. */
export function stepOf(value: string): Step {
  const step = STEPS.find((known) => known === value);
  if (step === undefined) throw new InvalidEvent(`The event's "Step" is ${value}; it is one of ${STEPS.join(", ")}.`);
  return step;
}
