import { App, Lazy } from "cdktf";

/** What Terraform takes for the beginning of a template in any text; cdktf's own tokens look like one. */
const BEGINNING = /([$%])\{(?!TfToken\[)/g;

/**
 * Terraform's `jsonencode` of a value that quotes, line breaks and `${` may occur in: `Fn.jsonencode` leaves quotes inside texts as they
 * are, which ends the text there.
 *
 * @param value what JSON can hold; attributes of resources as texts or parts of texts, not as numbers or lists.
 *
 * @example jsonencode({ Bucket: lake.bucketName, Expression: '{% $type(x) = "string" %}' });
 */
export function jsonencode(value: object): string {
  return Lazy.stringValue({
    produce: (context) => {
      const { suppressBraces = false } = context;
      // References stand inside texts here, and so need their braces even where the whole is a part of another expression.
      context.suppressBraces = false;
      const call = `jsonencode(${context.resolve(quoted(value))})`;
      context.suppressBraces = suppressBraces;
      return suppressBraces ? call : `\${${call}}`;
    },
  });
}

/**
 * A text of several lines. cdktf's HCL would write it as a heredoc, which adds a line break at the end: another value than that of the JSON.
 *
 * @param value without attributes of resources.
 */
export function lines(value: string): string {
  return Lazy.stringValue({
    produce: ({ scope }) => (App.of(scope).hclOutput ? `\${${quoted(value)}}` : literal(value)),
  });
}

/** As Terraform writes it in an expression: JSON is one, but for what begins a template. The tokens of cdktf become references as everywhere. */
function quoted(value: object | string): string {
  return JSON.stringify(value).replaceAll(BEGINNING, (_, sign) => `${sign}\\u007b`);
}

/** Outside an expression. */
function literal(text: string): string {
  return text.replaceAll(BEGINNING, (_, sign) => `${sign}${sign}{`);
}
