from __future__ import annotations

import pytest
from commerce_lake_local.glue.arguments import ArgumentError, Invocation, parse_arguments


def parse(**arguments: str) -> Invocation:
    named = {f"--{name.replace('_', '-')}": value for name, value in arguments.items()}
    return parse_arguments("s3://b/script.py", named, {"--JOB_NAME": "job"})


def test_gives_the_script_its_own_arguments_and_the_identity() -> None:
    given = {"--lake_bucket": "b", "--TempDir": "s3://b/t", "--job-bookmark-option": "job-bookmark-disable"}
    found = parse_arguments("s3://b/script.py", given, {"--JOB_NAME": "job"})
    assert found.script_arguments == (
        *("--JOB_NAME", "job", "--lake_bucket", "b", "--TempDir", "s3://b/t"),
        *("--job-bookmark-option", "job-bookmark-disable"),
    )


def test_keeps_glues_own_arguments_from_the_script() -> None:
    found = parse(
        conf="a=b", datalake_formats="iceberg", extra_py_files="s3://b/a.zip, s3://b/b.py", enable_metrics="true"
    )
    assert found.script_arguments == ("--JOB_NAME", "job")
    assert found.python_files == ("s3://b/a.zip", "s3://b/b.py")


def test_reads_chained_conf() -> None:
    found = parse(conf="spark.a=1 --conf spark.b=x=y  --conf  spark.c=two words")
    assert found.conf == {"spark.a": "1", "spark.b": "x=y", "spark.c": "two words"}


def test_script_location_can_be_an_argument() -> None:
    assert parse(scriptLocation="s3://b/other.py").script_location == "s3://b/other.py"


@pytest.mark.parametrize("conf", ["novalue", "spark.a=1 --conf novalue", "=x", "spark a=1"])
def test_refuses_a_malformed_conf(conf: str) -> None:
    with pytest.raises(ArgumentError, match="NAME=VALUE"):
        parse(conf=conf)


@pytest.mark.parametrize("name", ["extra_jars", "additional_python_modules", "extra_files"])
def test_refuses_what_would_change_the_job(name: str) -> None:
    with pytest.raises(ArgumentError, match=name.replace("_", "-")):
        parse(**{name: "x"})


def test_refuses_another_table_format() -> None:
    with pytest.raises(ArgumentError, match="hudi"):
        parse(datalake_formats="iceberg,hudi")
