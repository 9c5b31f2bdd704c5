import { eventIn } from "../../../cli/commands/redrive-uploads";
import { objectCreated } from "../../functions/object-created";

const event = objectCreated({ key: "raw/reviews/date=2025-01-15/ä +%.csv" });

test("a rule and a queue leave the event as it is", () => {
  expect(eventIn(JSON.stringify(event))).toEqual(event);
});

test("Lambda leaves a record of the invocation that failed, with the event in it", () => {
  const record = {
    version: "1.0",
    requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
    requestPayload: event,
    responsePayload: { errorType: "FileBusy", errorMessage: "…" },
  };
  expect(eventIn(JSON.stringify(record))).toEqual(event);
});

test("what is no JSON holds no event", () => {
  expect(eventIn("{")).toBeUndefined();
});
