import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { program } from "../../cli/main";
import { inProject } from "../../modules/lib/project";
import { namedQueries } from "../../modules/query";

const page = readFileSync(inProject("docs/operations.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(inProject("package.json"), "utf8"));
const root = program(() => {});

/** Every command line of the project's own that the page tells people to type. */
const lines = [...new Set([...page.matchAll(/`(npm run [^`]+)`/g)].map(([, line = ""]) => line))];

/** A shell's words: quotes hold together. */
const words = (line: string) =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");

test("the page tells of many", () => expect(lines.length).toBeGreaterThan(20));

test.each(lines)("%s is a command, with options that it knows and as many arguments as it takes", (line) => {
  const [, , script = "", ...rest] = words(line);
  expect(Object.keys(scripts)).toContain(script);
  const typed = rest[0] === "--" ? rest.slice(1) : rest;
  let command: Command | undefined = root.commands.find((one) => one.name() === script.replace(":", "-"));
  expect([line, command?.name()]).toEqual([line, script.replace(":", "-")]);
  let at = 0;
  for (; command !== undefined && command.commands.length > 0; at++) {
    const name = typed[at];
    const found: Command | undefined = command.commands.find((one) => one.name() === name);
    expect([line, found?.name()]).toEqual([line, name]);
    command = found;
  }
  if (command === undefined) throw new Error(`no command: ${line}`);
  const values: string[] = [];
  const given = new Set<string>();
  for (; at < typed.length; at++) {
    const word = typed[at] ?? "";
    if (!word.startsWith("--")) {
      values.push(word);
      continue;
    }
    const option = command.options.find(({ long }) => long === word);
    expect([line, word, option?.long]).toEqual([line, word, word]);
    given.add(word);
    if (option?.required === true) at++;
  }
  for (const { long, mandatory } of command.options)
    if (mandatory) expect([line, [...given]]).toEqual([line, expect.arrayContaining([long])]);
  const wanted = command.registeredArguments;
  expect(values.length).toBeGreaterThanOrEqual(wanted.filter(({ required }) => required).length);
  if (!wanted.some(({ variadic }) => variadic)) expect(values.length).toBeLessThanOrEqual(wanted.length);
  if (command.name() === "query") expect(namedQueries().map(({ name }) => name)).toContain(values[0]);
});
