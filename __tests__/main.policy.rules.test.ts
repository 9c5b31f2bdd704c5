import { changed, EVERYWHERE, everywhere, rulesOf, TAGGED, WILD_ACTIONS, withWildActions } from "../cli/policy/rules";
import { ENVIRONMENT_NAMES, environments } from "../envs";
import { Synthesis, synthesizeEnvironment } from "./modules/support/synthesis";

describe.each(ENVIRONMENT_NAMES)("%s", (name) => {
  test.each(rulesOf(environments[name]).map((rule) => [rule.name, rule] as const))("%s", (_, { breaches }) => {
    expect(breaches(synthesizeEnvironment(name))).toEqual([]);
  });

  test("the tags are there that everything carries", () => {
    expect(TAGGED(synthesizeEnvironment(name))).toEqual([]);
  });
});

describe("each rule sees it broken:", () => {
  test.each(rulesOf(environments.prod).map((rule) => [rule.name, rule] as const))("%s", (_, { breaches, breaking }) => {
    expect(breaches(changed(synthesizeEnvironment("prod"), breaking))).not.toEqual([]);
  });

  test("the tags", () => {
    expect(
      TAGGED(new Synthesis({ provider: { aws: [{ default_tags: [{ tags: { Project: "x", Team: " " } }] }] } })),
    ).toEqual(["Environment", "Team", "CostCenter"]);
  });
});

test.each([
  ["actions", WILD_ACTIONS, withWildActions],
  ["resources", EVERYWHERE, everywhere],
] as const)("no reason is given for wildcards of %s that nothing uses", (_, reasons, found) => {
  const used = new Set(
    ENVIRONMENT_NAMES.flatMap((name) => found(synthesizeEnvironment(name))).map(
      ({ resource, statement }) => `${resource.type} ${statement.sid}`,
    ),
  );
  expect(Object.keys(reasons).filter((reason) => !used.has(reason))).toEqual([]);
});
