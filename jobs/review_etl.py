"""Glue job: reviews from CSV to processed.reviews, on the run's branch."""

from commerce_lake import etl

JOB, DATASET = "review_etl", "reviews"


def main() -> None:
    """Runs the job with the arguments of the process."""
    etl.main(JOB, DATASET)


if __name__ == "__main__":
    main()
