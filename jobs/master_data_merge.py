"""Glue job: publishes the run's branches and joins all sources to the curated tables."""

from commerce_lake import merge


def main() -> None:
    """Runs the job with the arguments of the process."""
    merge.main()


if __name__ == "__main__":
    main()
