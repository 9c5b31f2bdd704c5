"""Crawlers that really crawl, in place of moto's, which stay RUNNING or finish at once and write no table."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

import boto3
from moto.core.utils import utcnow
from moto.glue.exceptions import CrawlerNotRunningException, CrawlerRunningException, InvalidInputException
from moto.glue.models import FakeCrawl, FakeCrawler
from moto.logs.models import logs_backends

from ..context import CREDENTIAL, LocalContext
from ..faults.plan import Fault
from .crawl import Crawl, CrawlCancelledError, CrawlError, CrawlRequest
from .errors import ThrottlingError

_LOG = logging.getLogger(__name__)
_LOG_GROUP = "/aws-glue/crawlers"
_CANCEL_POLL_SECONDS = 0.2
_RECRAWL = ("CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY")
# The word for a crawl's state in ListCrawls, and in LastCrawl of GetCrawler.
_LAST_STATUS = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED", "FAILED": "FAILED"}


class LocalCrawl(FakeCrawl):
    """A crawl whose state is that of its thread."""

    def __init__(self, crawler: str) -> None:
        super().__init__(crawler)
        # What moto would do each time somebody looks.
        self._transitions = []
        self.dpu_hour = 0
        self.cancelled = threading.Event()
        self.error: str | None = None

    def enter(self, state: str, error: str | None = None) -> None:
        """Change the state; every state but STOPPING ends the crawl."""
        self.error = error
        if state != "STOPPING":
            self.end_time = utcnow()
        self.status = state

    def as_dict(self) -> dict[str, Any]:
        """The crawl as ListCrawls describes it."""
        answer: dict[str, Any] = super().as_dict()
        return answer | ({"ErrorMessage": self.error} if self.error else {})


class Crawlers:
    """Starts and stops crawls, one thread each."""

    def __init__(self, context: LocalContext) -> None:
        self._context = context
        self._starting = threading.Lock()

    def install(self) -> None:
        """Replace moto's crawls by these."""
        crawlers = self
        describe = FakeCrawler.as_dict

        def start_crawler(crawler: FakeCrawler) -> None:
            crawlers.start(crawler)

        def stop_crawler(crawler: FakeCrawler) -> None:
            crawlers.stop(crawler)

        def as_dict(crawler: FakeCrawler) -> dict[str, Any]:
            answer: dict[str, Any] = describe(crawler)
            answer.pop("LastCrawl", None)
            finished = [crawl for crawl in crawler.crawls if crawl.end_time]
            if finished:
                answer["LastCrawl"] = _last_crawl(finished[-1])
            if crawler.crawls and crawler.status != "READY":
                answer["CrawlElapsedTime"] = int((utcnow() - crawler.crawls[-1].start_time).total_seconds() * 1000)
            return answer

        FakeCrawler.start_crawler = start_crawler  # type: ignore[method-assign,assignment]
        FakeCrawler.stop_crawler = stop_crawler  # type: ignore[method-assign,assignment]
        FakeCrawler.as_dict = as_dict  # type: ignore[method-assign,assignment]

    def start(self, crawler: FakeCrawler) -> None:
        """Start a crawl.

        Raises:
            CrawlerRunningException: The crawler has not finished its last one.
            InvalidInputException: This local Glue does not know such a crawler.
            ThrottlingError: A fault was asked for.
        """
        request = _request(crawler)
        fault = self._context.faults.strike("crawler", crawler.name, "")
        if fault is not None and fault.kind == "throttle":
            raise ThrottlingError(fault.message)
        with self._starting:
            if crawler.status != "READY":
                raise CrawlerRunningException(f"Crawler with name {crawler.name} has already started")
            crawl = LocalCrawl(crawler.name)
            crawler.crawls.append(crawl)
        work, arguments = (self._crawl, (request, crawl)) if fault is None else (_go_wrong, (fault, crawl))
        threading.Thread(target=work, args=arguments, name=f"crawl-{crawler.name}", daemon=True).start()

    def stop(self, crawler: FakeCrawler) -> None:
        """Ask the running crawl to end.

        Raises:
            CrawlerNotRunningException: There is none.
        """
        crawl = crawler.crawls[-1] if crawler.crawls else None
        if not isinstance(crawl, LocalCrawl) or crawl.status != "RUNNING":
            raise CrawlerNotRunningException(f"Crawler with name {crawler.name} isn't running")
        crawl.cancelled.set()
        crawl.enter("STOPPING")

    def _crawl(self, request: CrawlRequest, crawl: LocalCrawl) -> None:
        say = _CrawlLog(self._context, request.crawler, crawl.crawl_id)
        clients = {name: self._client(name) for name in ("s3", "glue")}
        try:
            say(f"BENCHMARK : Running Start Crawl for Crawler {request.crawler}")
            Crawl(request, clients, say, crawl.cancelled.is_set).run(on_writing=lambda: crawl.enter("STOPPING"))
            say("BENCHMARK : Crawler has finished running and is in state READY")
            crawl.enter("COMPLETED")
        except CrawlCancelledError:
            say("BENCHMARK : Crawler was stopped")
            crawl.enter("STOPPED")
        except CrawlError as error:
            say(f"ERROR : {error}")
            crawl.enter("FAILED", str(error))
        except Exception as error:
            _LOG.exception("Crawler %s", request.crawler)
            crawl.enter("FAILED", f"Internal error of the local Glue: {error}")

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._context.endpoint,
            region_name=self._context.region,
            aws_access_key_id=CREDENTIAL,
            aws_secret_access_key=CREDENTIAL,
        )


def _go_wrong(fault: Fault, crawl: LocalCrawl) -> None:
    _LOG.info("%s", fault.message)
    if fault.kind == "timeout":
        while not (crawl.cancelled.is_set() or fault.lifted.wait(_CANCEL_POLL_SECONDS)):
            pass
    if fault.kind == "garbage":
        # It says that it is done, and has done nothing.
        crawl.enter("COMPLETED")
    elif fault.kind == "crash":
        crawl.enter("FAILED", fault.message)
    else:
        crawl.enter("STOPPED")


class _CrawlLog:
    """Writes what a crawl says to CloudWatch Logs, as Glue does."""

    def __init__(self, context: LocalContext, crawler: str, crawl_id: str) -> None:
        self._backend = logs_backends[context.account][context.region]
        self._stream, self._crawl_id = crawler, crawl_id
        self._backend.ensure_log_group(_LOG_GROUP)
        if crawler not in self._backend.groups[_LOG_GROUP].streams:
            self._backend.create_log_stream(_LOG_GROUP, crawler)

    def __call__(self, message: str) -> None:
        event = {"timestamp": int(time.time() * 1000), "message": f"[{self._crawl_id}] {message}"}
        self._backend.put_log_events(_LOG_GROUP, self._stream, [event])


def _last_crawl(crawl: FakeCrawl) -> dict[str, Any]:
    status = str(crawl.status)
    answer = {
        "Status": _LAST_STATUS.get(status, status),
        "LogGroup": crawl.log_group,
        "LogStream": crawl.log_stream,
        "MessagePrefix": crawl.message_prefix,
        "StartTime": crawl.start_time,
    }
    if isinstance(crawl, LocalCrawl) and crawl.error:
        answer["ErrorMessage"] = crawl.error
    return answer


def _request(crawler: FakeCrawler) -> CrawlRequest:
    others = [name for name, targets in crawler.targets.items() if targets and name != "S3Targets"]
    s3_targets = crawler.targets.get("S3Targets") or []
    if others or not s3_targets:
        raise InvalidInputException(
            "StartCrawler",
            f"The local Glue crawls S3Targets only; {crawler.name} has {', '.join(others) or 'no targets'}.",
        )
    if crawler.classifiers:
        raise InvalidInputException(
            "StartCrawler", f"The local Glue has no custom classifiers; {crawler.name} names {crawler.classifiers}."
        )
    recrawl = (crawler.recrawl_policy or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
    if recrawl not in _RECRAWL:
        raise InvalidInputException(
            "StartCrawler",
            f"The local Glue knows RecrawlBehavior {' and '.join(_RECRAWL)}; {crawler.name} has {recrawl}.",
        )
    policy: dict[str, str] = crawler.schema_change_policy or {}
    output = json.loads(crawler.configuration or "{}").get("CrawlerOutput", {})
    return CrawlRequest(
        crawler=crawler.name,
        database=crawler.database_name,
        prefix=crawler.table_prefix or "",
        targets=tuple((target["Path"], tuple(target.get("Exclusions") or ())) for target in s3_targets),
        update_behavior=policy.get("UpdateBehavior", "UPDATE_IN_DATABASE"),
        delete_behavior=policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        new_folders_only=recrawl == "CRAWL_NEW_FOLDERS_ONLY",
        merge_new_columns=output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns",
    )
