import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Fn, TerraformOutput, TerraformStack } from "cdktf";
import { aws } from "../../../modules/lib/aws";
import { jsonencode, lines } from "../../../modules/lib/expression";
import { asObject, synthesize } from "../support/synthesis";

const output = (stack: TerraformStack, value: string) => new TerraformOutput(stack, "out", { value, staticId: true });

test("JSON holds quotes, line breaks and what looks like a template, and references stay references", () => {
  const { json } = synthesize((stack) => {
    const { region } = aws(stack);
    output(
      stack,
      jsonencode({
        first: region,
        text: 'a "quoted"\nline',
        template: `\${no} %{no}`,
        list: [1, { at: `in ${region}!` }],
      }),
    );
  });
  expect(asObject(asObject(json.output).out).value).toBe(
    `\${jsonencode({"first":"\${data.aws_region.Region.id}","text":"a \\"quoted\\"\\nline","template":"$\\u007bno} %\\u007bno}","list":[1,{"at":"in \${data.aws_region.Region.id}!"}]})}`,
  );
});

test("inside another expression it is a part of that", () => {
  const { json } = synthesize((stack) => output(stack, Fn.sha256(jsonencode({ at: aws(stack).region }))));
  expect(asObject(asObject(json.output).out).value).toBe(
    `\${sha256(jsonencode({"at":"\${data.aws_region.Region.id}"}))}`,
  );
});

describe("a text of several lines", () => {
  const TEXT = `SELECT "x"\nFROM y -- \${no}\n`;
  const outdir = mkdtempSync(join(tmpdir(), "commerce-lake-hcl-"));
  afterAll(() => rmSync(outdir, { recursive: true }));

  test("is as it is in JSON, but that Terraform takes nothing in it for a template", () => {
    const { json } = synthesize((stack) => output(stack, lines(TEXT)));
    expect(asObject(asObject(json.output).out).value).toBe(`SELECT "x"\nFROM y -- $\${no}\n`);
  });

  test("is one line in HCL", () => {
    process.env.SYNTH_HCL_OUTPUT = "true"; // as cdktf's command line says it
    try {
      const app = new App({ outdir });
      output(new TerraformStack(app, "test"), lines(TEXT));
      app.synth();
    } finally {
      delete process.env.SYNTH_HCL_OUTPUT;
    }
    const hcl = readFileSync(join(outdir, "stacks", "test", "cdk.tf"), "utf8");
    expect(hcl).toContain(`value = "\${"SELECT \\"x\\"\\nFROM y -- $\\u007bno}\\n"}"`);
  });
});
