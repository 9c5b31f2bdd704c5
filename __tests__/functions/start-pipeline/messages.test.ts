import { InvalidEvent } from "../../../functions/lib/errors";
import { readMessages } from "../../../functions/start-pipeline/messages";
import { silent } from "../memory-objects";
import { objectCreated } from "../object-created";

const record = (messageId: string, body: unknown) => ({ messageId, body: JSON.stringify(body) });
const read = (...Records: unknown[]) => readMessages({ Records }, "lake", silent);

test("each message is an upload", () => {
  const { messages, unreadable } = read(record("m1", objectCreated({ key: "raw/reviews/date=2025-01-15/ä+ %.csv" })));
  expect(messages).toEqual([
    { messageId: "m1", upload: expect.objectContaining({ key: "raw/reviews/date=2025-01-15/ä+ %.csv" }) },
  ]);
  expect(unreadable).toEqual([]);
});

test("a message that is none comes back, and holds up no other", () => {
  const good = record("good", objectCreated({ key: "k" }));
  const elsewhere = record("elsewhere", objectCreated({ bucket: "another", key: "k" }));
  const { messages, unreadable } = read({ messageId: "torn", body: "{" }, good, elsewhere, record("null", null));
  expect(messages.map(({ messageId }) => messageId)).toEqual(["good"]);
  expect(unreadable).toEqual(["torn", "elsewhere", "null"]);
});

test.each([[{}], [null], [{ Records: "x" }], [{ Records: [null] }], [{ Records: [{ messageId: "m" }] }]])(
  "%j is no batch",
  (event) => {
    expect(() => readMessages(event, "lake", silent)).toThrow(InvalidEvent);
  },
);
