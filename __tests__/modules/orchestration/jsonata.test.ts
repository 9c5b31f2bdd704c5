import { jsonata, literal } from "../../../modules/orchestration/asl";

test("wraps and folds an expression", () => {
  expect(jsonata(" $a\n      & $b ")).toBe("{% $a & $b %}");
});

test.each(["", "  ", `$merge(\${x})`, "%{if}", "{% $a %{"])("refuses %p, which Terraform would misread", (code) => {
  expect(() => jsonata(code)).toThrow(/not an expression that a definition can hold/);
});

test("lets a token of a resource pass", () => {
  expect(jsonata(`'\${TfToken[TOKEN.1]}'`)).toContain("TfToken");
});

test("writes text as a literal, whatever is in it", () => {
  expect(literal('it\'s "so"')).toBe('"it\'s \\"so\\""');
});
