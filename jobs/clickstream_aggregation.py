"""Glue job: events from JSON lines to processed.clickstream, on the run's branch."""

from commerce_lake import etl

JOB, DATASET = "clickstream_aggregation", "clickstream"


def main() -> None:
    """Runs the job with the arguments of the process."""
    etl.main(JOB, DATASET)


if __name__ == "__main__":
    main()
