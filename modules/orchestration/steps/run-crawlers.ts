import { type Branch, jsonata } from "../asl";
import { waitFor } from "../retries";
import { failsRun, type RunContext, type RunStates, variable } from "../run-context";
import { afterDatasets, onItsOwn } from "./dataset-failures";

/**
 * Step 2. Crawls the raw prefix of every dataset that has files, and waits for each crawler to be ready again. A crawler that
 * another run keeps busy may have passed our files by, so its end is waited for and the crawl is our own.
 */
export function runCrawlers(context: RunContext): RunStates {
  const { tasks, parts, settings, datasets } = context;
  const poll = settings.crawlerPoll;
  const wait = settings.timeouts.crawler;
  const crawl: Branch = {
    StartAt: "StartCrawler",
    States: {
      StartCrawler: tasks.call(
        "startCrawler",
        { Name: jsonata("$lookup($states.input.crawlers, $states.input.dataset)") },
        {
          retries: [waitFor(["Glue.CrawlerRunningException"], { wait, interval: poll })],
          assign: { crawler: jsonata("$lookup($states.input.crawlers, $states.input.dataset)"), polls: 0 },
          next: "WaitForCrawler",
        },
      ),
      WaitForCrawler: { Type: "Wait", Seconds: poll, Output: {}, Next: "GetCrawler" },
      GetCrawler: tasks.call(
        "getCrawler",
        { Name: jsonata("$crawler") },
        {
          assign: {
            polls: jsonata("$polls + 1"),
            crawlerState: jsonata("$states.result.Crawler.State"),
            lastCrawl: jsonata(
              "$exists($states.result.Crawler.LastCrawl.Status) ? $states.result.Crawler.LastCrawl.Status : 'NONE'",
            ),
            crawlerMessage: jsonata(
              "$exists($states.result.Crawler.LastCrawl.ErrorMessage) ? $states.result.Crawler.LastCrawl.ErrorMessage : 'no message'",
            ),
          },
          next: "CrawlerReady",
        },
      ),
      CrawlerReady: {
        Type: "Choice",
        Choices: [
          { Condition: jsonata("$crawlerState = 'READY' and $lastCrawl = 'SUCCEEDED'"), Next: "Crawled" },
          { Condition: jsonata("$crawlerState = 'READY'"), Next: "CrawlerFailed" },
          { Condition: jsonata(`$polls >= ${Math.ceil(wait / poll)}`), Next: "CrawlerTimedOut" },
        ],
        Default: "WaitForCrawler",
      },
      Crawled: { Type: "Pass", Output: {}, End: true },
      CrawlerFailed: {
        Type: "Fail",
        Error: "CrawlerFailed",
        Cause: jsonata("'The crawl of ' & $crawler & ' ended as ' & $lastCrawl & ': ' & $crawlerMessage"),
      },
      CrawlerTimedOut: {
        Type: "Fail",
        Error: "CrawlerTimedOut",
        Cause: jsonata(`'The crawler ' & $crawler & ' is ' & $crawlerState & ' after ${wait} seconds'`),
      },
    },
  };
  const { state, states } = afterDatasets(context, { outcome: "CrawlOutcome", next: "EtlJobs" });
  return {
    RunCrawlers: {
      Type: "Map",
      Items: variable("withFiles"),
      ItemSelector: {
        dataset: jsonata("$states.context.Map.Item.Value"),
        crawlers: Object.fromEntries(datasets.map((dataset) => [dataset, parts.datasets[dataset].crawler.name])),
      },
      MaxConcurrency: settings.concurrency.crawlers,
      ItemProcessor: {
        ProcessorConfig: { Mode: "INLINE" },
        ...onItsOwn(context, {
          step: "RunCrawlers",
          dataset: "{% $states.input.dataset %}",
          name: "Crawl",
          branch: crawl,
        }),
      },
      Catch: failsRun("RunCrawlers"),
      Output: {},
      ...state,
    },
    ...states,
  };
}
