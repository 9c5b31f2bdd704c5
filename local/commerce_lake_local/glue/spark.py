"""What Spark needs on this machine beside what the job says: jars, endpoints, limits."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import pyspark

from ..context import LocalContext
from .settings import SparkSettings

_PROPERTIES = "spark.properties"
_LOGGING = "log4j2.properties"
_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{yyyy-MM-dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.metrics.name = org.apache.hadoop.metrics2.impl.MetricsConfig
logger.metrics.level = error
"""


class MissingJarsError(FileNotFoundError):
    """Spark's jars were not installed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There are no jars in {folder}: Spark cannot read Iceberg or S3 without them. "
            "Run `npm run setup`, or name their folder in COMMERCE_LAKE_JARS."
        )


def class_path(settings: SparkSettings) -> list[Path]:
    """The jars to put before Spark's own, always in the same order.

    Raises:
        MissingJarsError: The folder of jars is empty.
    """
    jars = sorted(settings.jars.glob("*.jar"))
    if not jars:
        raise MissingJarsError(settings.jars)
    # Iceberg's bundle brings a log4j that warns, on standard output, that it is meant for an older Java.
    return [*sorted((Path(pyspark.__file__).parent / "jars").glob("log4j-api-*.jar")), *jars]


def spark_properties(
    context: LocalContext, settings: SparkSettings, conf: Mapping[str, str], work: Path, java_options: list[str]
) -> dict[str, str]:
    """All properties of a run: local defaults, then the job's `--conf`, then what only this machine can know.

    Args:
        context: The running local AWS.
        settings: The limits of this machine.
        conf: Properties that the job sets.
        work: The run's own folder.
        java_options: Options of the Java machine.
    """
    defaults = {
        "spark.sql.shuffle.partitions": str(settings.cores * 2),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.catalogImplementation": "in-memory",
    }
    local = {
        "spark.master": f"local[{settings.cores}]",
        "spark.driver.memory": settings.memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraClassPath": ":".join(str(jar) for jar in class_path(settings)),
        "spark.driver.extraJavaOptions": " ".join(
            [
                conf.get("spark.driver.extraJavaOptions", ""),
                "-Duser.timezone=UTC",
                f"-Dlog4j2.configurationFile={(work / _LOGGING).as_uri()}",
                *java_options,
            ]
        ).strip(),
        "spark.sql.warehouse.dir": str(work / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": context.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": context.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    }
    for catalog in _glue_catalogs(conf):
        local |= {
            f"{catalog}.glue.endpoint": context.endpoint,
            f"{catalog}.s3.endpoint": context.endpoint,
            f"{catalog}.s3.path-style-access": "true",
            f"{catalog}.client.region": context.region,
        }
    return defaults | dict(conf) | local


def write_configuration(work: Path, properties: Mapping[str, str]) -> str:
    """Write the properties and the configuration of a quiet log.

    There is no `SPARK_CONF_DIR`: it would be on the class path, and a class archive goes with jars only.

    Returns:
        What `PYSPARK_SUBMIT_ARGS` must hold.
    """
    lines = [f"{name} {_escape(value)}\n" for name, value in properties.items()]
    (work / _PROPERTIES).write_text("".join(lines), encoding="utf-8")
    (work / _LOGGING).write_text(_LOG4J, encoding="utf-8")
    return f"--properties-file {shlex.quote(str(work / _PROPERTIES))} pyspark-shell"


def _glue_catalogs(conf: Mapping[str, str]) -> list[str]:
    """The property prefixes of the Iceberg catalogs that the job keeps in Glue."""
    return [
        name.rpartition(".")[0]
        for name, value in conf.items()
        if name.startswith("spark.sql.catalog.")
        and (
            (name.endswith(".catalog-impl") and value.endswith(".GlueCatalog"))
            or (name.endswith(".type") and value == "glue")
        )
    ]


def _escape(value: str) -> str:
    """As a Java properties file wants it."""
    return value.replace("\\", "\\\\").replace("\n", "\\n")
