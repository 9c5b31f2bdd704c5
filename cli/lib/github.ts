import { CliError } from "./errors";

/** A repository on GitHub, as far as it is written to here. */
export interface GitHub {
  /** Writes one comment on a pull request, again and again into the same. */
  comment(pull: number, marker: string, body: string): Promise<void>;
  /** Opens an issue, or writes into the open one of the marker; without a body, closes it. */
  issue(marker: string, title: string, body: string): Promise<void>;
}

interface Entry {
  readonly id: number;
  readonly number?: number;
  readonly body?: string | null;
  /** Set on what is a pull request: GitHub lists those among issues. */
  readonly pull_request?: object;
}

const PER_PAGE = 100;

/**
 * @param env `GITHUB_TOKEN`, `GITHUB_REPOSITORY` and, elsewhere than on github.com, `GITHUB_API_URL`, as workflows have them
 * @throws CliError where one is missing; later with what GitHub answered
 * @see https://docs.github.com/en/rest/issues
 */
export function gitHub(env: NodeJS.ProcessEnv): GitHub {
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, GITHUB_API_URL: api = "https://api.github.com" } = env;
  if (!token || !repository) {
    throw new CliError("GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) have to be set: workflows have both.");
  }
  const base = `${api}/repos/${repository}`;
  const call = async (method: string, url: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${base}${url}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "x-github-api-version": "2022-11-28",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new CliError(
        `GitHub answered ${response.status} to ${method} ${repository}${url}: ${await response.text()}`,
      );
    }
    return response.json();
  };
  /** The entry of a list, page by page, that carries a marker. */
  const find = async (url: string, marker: string): Promise<Entry | undefined> => {
    for (let page = 1; ; page += 1) {
      const entries = (await call("GET", `${url}per_page=${PER_PAGE}&page=${page}`)) as readonly Entry[]; // lists, as documented
      const found = entries.find(({ body, pull_request }) => pull_request === undefined && body?.startsWith(marker));
      if (found !== undefined || entries.length < PER_PAGE) return found;
    }
  };
  return {
    async comment(pull, marker, text) {
      const body = `${marker}\n${text}`;
      const old = await find(`/issues/${pull}/comments?`, marker);
      if (old === undefined) await call("POST", `/issues/${pull}/comments`, { body });
      else await call("PATCH", `/issues/comments/${old.id}`, { body });
    },
    async issue(marker, title, text) {
      const old = await find("/issues?state=open&", marker);
      if (text.trim() === "") {
        if (old !== undefined) await call("PATCH", `/issues/${old.number}`, { state: "closed" });
        return;
      }
      const body = `${marker}\n${text}`;
      if (old === undefined) await call("POST", "/issues", { title, body });
      else await call("PATCH", `/issues/${old.number}`, { title, body });
    },
  };
}
