import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { githubComment, githubIssue } from "../../../cli/commands/github";
import { gitHub } from "../../../cli/lib/github";
import { reviewPlan } from "../../../cli/review/review";
import { planOf, resource } from "../review/plans";

interface Entry {
  readonly id: number;
  readonly number: number;
  body: string;
  title?: string;
  state?: string;
  pull_request?: object;
}

/** What GitHub would have: comments of a pull request, and issues. */
let comments: Entry[];
let issues: Entry[];
let calls: string[];
let server: Server;
let env: NodeJS.ProcessEnv;
const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-github-"));

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    calls.push(`${request.method} ${url.pathname}`);
    const reply = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    if (request.headers.authorization !== "Bearer token") return reply(401, { message: "Bad credentials" });
    const of = url.pathname.includes("/comments") ? comments : issues;
    if (request.method === "GET") {
      const page = Number(url.searchParams.get("page"));
      const open = of.filter(({ state }) => state !== "closed" || url.searchParams.get("state") !== "open");
      return reply(200, open.slice((page - 1) * 100, page * 100));
    }
    const body = (await json(request)) as Partial<Entry>; // what we have sent
    if (request.method === "POST") of.push({ id: of.length + 1, number: of.length + 1, body: "", ...body });
    else Object.assign(of.find(({ id }) => id === Number(url.pathname.split("/").at(-1))) ?? {}, body);
    return reply(200, {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listens on TCP
  env = { GITHUB_TOKEN: "token", GITHUB_REPOSITORY: "shop/lake", GITHUB_API_URL: `http://127.0.0.1:${port}` };
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  comments = Array.from({ length: 100 }, (_, index) => ({ id: index + 1, number: index + 1, body: "LGTM" }));
  issues = [];
  calls = [];
});

const file = (name: string, text: string) => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};
const review = (name: string, ...resources: ReturnType<typeof resource>[]) =>
  file(`${name}.json`, JSON.stringify(reviewPlan(planOf(...resources), name)));

test("the reviews are one comment, which is found among many and written anew", async () => {
  const gone = resource("aws_dynamodb_table.T", { name: "t" }, null);
  expect(await githubComment(7, [review("dev"), review("prod", gone)], env)).toBe("refused");
  expect(comments).toHaveLength(101);
  expect(comments[100]?.body).toMatch(/Plan of dev: nothing to do[\s\S]*Plan of prod: 🔴 refused/);
  expect(await githubComment(7, [review("dev"), review("prod")], env)).toBe("nothing");
  expect(comments).toHaveLength(101);
  expect(comments[100]?.body).not.toContain("refused");
  expect(calls.at(-1)).toBe("PATCH /repos/shop/lake/issues/comments/101");
});

test("three long reviews fit into one comment", async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => resource(`aws_x.R${index}`, null, { name: "x".repeat(99) }));
  await githubComment(
    7,
    ["dev", "staging", "prod"].map((name) => review(name, ...many)),
    env,
  );
  expect(comments[100]?.body.length).toBeLessThanOrEqual(65_536);
  for (const name of ["dev", "staging", "prod"]) expect(comments[100]?.body).toContain(`Plan of ${name}`);
});

test("an issue is opened, written anew and closed; pull requests are none", async () => {
  const title = "Drift of dev";
  issues = [{ id: 1, number: 1, body: `<!-- commerce-lake: ${title} -->`, pull_request: {} }];
  await githubIssue(title, file("empty", "\n"), env);
  expect(issues).toHaveLength(1);
  await githubIssue(title, file("drift", "a ```fence```\n"), env);
  expect(issues[1]).toMatchObject({ title, body: expect.stringContaining("\n````\na ```fence```\n````") });
  await githubIssue(title, file("drift", "b"), env);
  expect(issues).toHaveLength(2);
  expect(issues[1]?.body).toContain("\nb\n");
  await githubIssue(title, file("empty", ""), env);
  expect(issues[1]?.state).toBe("closed");
  await githubIssue(title, file("drift", "c"), env);
  expect(issues).toHaveLength(3);
});

test("what is missing or refused is said", async () => {
  expect(() => gitHub({})).toThrow("GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) have to be set");
  await expect(githubIssue("x", file("x", "x"), { ...env, GITHUB_TOKEN: "other" })).rejects.toThrow(
    /GitHub answered 401 to GET shop\/lake\/issues.*Bad credentials/,
  );
  await expect(githubIssue("x", path.join(folder, "nowhere"), env)).rejects.toThrow("cannot be read");
});
