/**
 * Writes a JSONata expression as the Amazon States Language wants it.
 *
 * Terraform reads `${` and `%{` in a string as templates of its own, and a definition passes through Terraform: an
 * expression that contains either is refused here, rather than misread there.
 *
 * @param code JSONata; line breaks are for the reader and are folded.
 * @throws Error where the expression is empty or Terraform would misread it.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 *
 * @example jsonata("$count($withFiles) > 0"); // "{% $count($withFiles) > 0 %}"
 */
export function jsonata(code: string): string {
  const folded = code.trim().replaceAll(/\s*\n\s*/g, " ");
  // A resource's token is a whole "${…}" of its own that Terraform is meant to read.
  if (folded === "" || /[$%]\{(?!TfToken\[)/.test(folded)) {
    throw new Error(
      `not an expression that a definition can hold: ${JSON.stringify(code)}. Write it without "\${" and "%{".`,
    );
  }
  return `{% ${folded} %}`;
}

/**
 * Writes a text as a JSONata string literal.
 *
 * @example literal("it's"); // "\"it's\""
 */
export function literal(text: string): string {
  return JSON.stringify(text);
}
