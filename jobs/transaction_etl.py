"""Glue job: sales from CSV to processed.transactions, on the run's branch."""

from commerce_lake import etl

JOB, DATASET = "transaction_etl", "transactions"


def main() -> None:
    """Runs the job with the arguments of the process."""
    etl.main(JOB, DATASET)


if __name__ == "__main__":
    main()
