import { Writable } from "node:stream";
import { WriteStream } from "node:tty";
import { Display } from "../../../cli/lib/display";
import { duration, table } from "../../../cli/lib/table";

/** What a display writes, on a terminal of some width or elsewhere. */
function written(columns: number | undefined, work: (display: Display) => void): string {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const fake: WriteStream = Object.assign(Object.create(WriteStream.prototype), {
    write: (chunk: string) => stream.write(chunk),
    isTTY: columns !== undefined,
    columns,
  });
  work(new Display(fake));
  return text;
}

const line = (id: string, text: string, plain: string | undefined = text) => ({ id, text, plain });

test("on a terminal lines are rewritten in place, and never wrap", () => {
  const text = written(6, (display) => {
    display.show([line("a", "one"), line("b", "much too long")]);
    display.show([line("a", "two"), line("b", "b")]);
  });
  expect(text).toBe("\u001b[2Kone\n\u001b[2Kmuch \n\u001b[2A\u001b[2Ktwo\n\u001b[2Kb\n");
});

test("elsewhere a line is printed when it says something new", () => {
  const text = written(undefined, (display) => {
    display.show([line("a", "1 s", "running"), { id: "b", text: "waiting", plain: undefined }]);
    display.show([line("a", "2 s", "running"), line("b", "b")]);
    display.show([line("a", "done"), line("b", "b")]);
  });
  expect(text).toBe("running\nb\ndone\n");
});

test("tables: texts to the left, numbers to the right", () => {
  const rows = [
    ["long name", "7"],
    ["b", "1,234"],
  ];
  expect(table([{ title: "a" }, { title: "n", align: "right" }], rows)).toEqual([
    "  a              n",
    "  ─────────  ─────",
    "  long name      7",
    "  b          1,234",
  ]);
});

test.each([
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [185, "3 min 05 s"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
