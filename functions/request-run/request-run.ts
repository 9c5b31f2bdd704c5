import { createHash } from "node:crypto";
import type { Dataset } from "../../contracts";
import { isDay } from "../lib/day";
import { InvalidEvent } from "../lib/errors";
import { runRequested } from "../lib/event-validators/generated";
import type { Executions } from "../lib/executions";
import type { Logger } from "../lib/logger";
import { printable } from "../lib/printable";

/** Detail type of the events that ask for a run. */
export const RUN_REQUESTED = "RunRequested";

/** What a run is asked for: the detail of the event, contracts/events/run-requested.json. */
interface RunRequest {
  readonly version: 1;
  readonly date: string;
  readonly datasets?: readonly Dataset[];
  readonly promote?: readonly string[];
  readonly requestId?: string;
}

export interface RequestRunClients {
  readonly executions: Pick<Executions, "start">;
  /** Puts an event where people look, with the reason. */
  readonly refuse: (event: unknown, reason: string) => Promise<void>;
  readonly logger: Logger;
}

export interface RequestRunResult {
  readonly run?: string;
  /** `started`: now, or by the same request before. `over`: by the same request before, and it is over. */
  readonly outcome: "started" | "over" | "refused";
}

/**
 * Starts the run that an event of the lake's bus asks for. One that asks for none, or for one that cannot be, is put aside for people: to try it
 * again is no use.
 *
 * @throws what Step Functions or SQS failed with: call it again.
 */
export async function requestRun(event: unknown, clients: RequestRunClients): Promise<RequestRunResult> {
  const { executions, refuse, logger } = clients;
  let asked: { run: string; request: RunRequest };
  try {
    asked = readRequest(event);
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
    logger.error("request refused", { reason: error.message });
    await refuse(event, error.message);
    return { outcome: "refused" };
  }
  const { run, request } = asked;
  const { date, datasets, promote } = request;
  const started = await executions.start(run, {
    date,
    trigger: "event",
    ...(datasets === undefined ? {} : { datasets }),
    ...(promote === undefined ? {} : { promote }),
  });
  if (started) logger.info("run started", { run, date });
  else logger.warn("a run of that name is over: the request has come before", { run, date });
  return { run, outcome: started ? "started" : "over" };
}

/** @throws InvalidEvent that says everything that is wrong with it. */
function readRequest(event: unknown): { run: string; request: RunRequest } {
  const { id, "detail-type": type, detail } = Object(event);
  if (type !== RUN_REQUESTED) {
    throw new InvalidEvent(
      `The bus takes events of the detail type ${RUN_REQUESTED}, and this is ${printable(JSON.stringify(type) ?? "without one", 100)}.`,
    );
  }
  if (!runRequested(detail)) {
    const problems = (runRequested.errors ?? []).map(({ instancePath, message, params }) => {
      const more = params.additionalProperty ?? params.allowedValues?.join(", ") ?? params.allowedValue;
      return `${printable(instancePath.replace(/^\//, "").replaceAll("/", ".") || "it", 100)} ${message}${more === undefined ? "" : ` (${printable(String(more), 100)})`}`;
    });
    throw new InvalidEvent(`The detail is no ${RUN_REQUESTED} of version 1: ${[...new Set(problems)].join("; ")}.`);
  }
  // The schema says so.
  const request = detail as RunRequest;
  if (!isDay(request.date)) throw new InvalidEvent(`The date is ${request.date}, which is no day of the calendar.`);
  return { run: nameOf(request, String(id)), request };
}

/** The same request is the same run, whoever delivers it how often. */
function nameOf({ date, requestId }: RunRequest, eventId: string): string {
  const hash = createHash("sha256").update(requestId === undefined ? `event\n${eventId}` : `request\n${requestId}`);
  return `${date}-event-${hash.digest("hex").slice(0, 12)}`;
}
