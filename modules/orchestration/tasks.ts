import type { Catcher, Json, JsonObject, Retrier, TaskState, Transition } from "./asl";
import type { InvokedFunction } from "./orchestration-props";
import { retry, TRANSIENT } from "./retries";
import type { OrchestrationSettings } from "./settings";

/** Integrations that this project uses. An aws-sdk integration has the service's own errors and takes any API call. */
export const RESOURCES = {
  invoke: "arn:aws:states:::lambda:invoke",
  startJobRun: "arn:aws:states:::glue:startJobRun.sync",
  startCrawler: "arn:aws:states:::aws-sdk:glue:startCrawler",
  getCrawler: "arn:aws:states:::aws-sdk:glue:getCrawler",
  updateItem: "arn:aws:states:::dynamodb:updateItem",
  getItem: "arn:aws:states:::dynamodb:getItem",
  listObjects: "arn:aws:states:::aws-sdk:s3:listObjectsV2",
  readListing: "arn:aws:states:::s3:listObjectsV2",
  publish: "arn:aws:states:::sns:publish",
  describeExecution: "arn:aws:states:::aws-sdk:sfn:describeExecution",
} as const;

/** What every task says beside what it calls. */
export type TaskOptions = {
  readonly comment?: string;
  readonly assign?: JsonObject;
  /** Tried before the retries of the service. */
  readonly retries?: readonly Retrier[];
  readonly catches?: readonly Catcher[];
} & ({ readonly next: string } | { readonly end: true });

/**
 * A task. Its output is empty: what later states need is in variables, so that no payload grows from step to step.
 *
 * @param timeout seconds.
 */
function task(
  resource: string,
  args: JsonObject,
  timeout: number,
  service: readonly Retrier[],
  options: TaskOptions,
): TaskState {
  return {
    Type: "Task",
    ...(options.comment === undefined ? {} : { Comment: options.comment }),
    Resource: resource,
    Arguments: args,
    TimeoutSeconds: timeout,
    Retry: [...(options.retries ?? []), ...service],
    ...(options.catches === undefined ? {} : { Catch: options.catches }),
    ...(options.assign === undefined ? {} : { Assign: options.assign }),
    Output: {},
    ...transition(options),
  };
}

function transition(options: TaskOptions): Transition {
  return "next" in options ? { Next: options.next } : { End: true };
}

/** The tasks of a run, each with its timeout and the retries of its service. */
export class Tasks {
  constructor(private readonly settings: OrchestrationSettings) {}

  /** Invokes a function. `$states.result.Payload` is what it returned. */
  invoke(fn: InvokedFunction, payload: Json, timeout: number, options: TaskOptions): TaskState {
    return task(
      RESOURCES.invoke,
      { FunctionName: fn.functionArn, Payload: payload },
      timeout,
      [this.service("lambda")],
      options,
    );
  }

  /** Runs a Glue job to its end. */
  runJob(name: string, args: JsonObject, timeout: number, options: TaskOptions): TaskState {
    const capacity = retry(TRANSIENT.glueCapacity, this.settings.retries.capacity);
    const retries = [capacity, this.service("glue")];
    return task(RESOURCES.startJobRun, { JobName: name, Arguments: args }, timeout, retries, options);
  }

  /** A call that answers at once. */
  call(
    action: Exclude<keyof typeof RESOURCES, "invoke" | "startJobRun" | "readListing">,
    args: JsonObject,
    options: TaskOptions,
  ): TaskState {
    return task(RESOURCES[action], args, this.settings.timeouts.call, [this.service(SERVICES[action])], options);
  }

  private service(service: keyof typeof TRANSIENT): Retrier {
    return retry(TRANSIENT[service], this.settings.retries.service);
  }
}

const SERVICES = {
  startCrawler: "glue",
  getCrawler: "glue",
  updateItem: "dynamodb",
  getItem: "dynamodb",
  listObjects: "s3",
  publish: "sns",
  describeExecution: "states",
} as const satisfies Record<string, keyof typeof TRANSIENT>;
