"""Glue job: the catalogue from JSON, joined with the category reference, to processed.products on the run's branch."""

from commerce_lake import etl
from commerce_lake.reference import categories
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

JOB, DATASET = "product_enrichment", "products"


def enrich(products: DataFrame) -> DataFrame:
    """Adds department and margin band of the category; null where the reference does not know the category."""
    return products.join(F.broadcast(categories(products.sparkSession)), "category", "left")


def main() -> None:
    """Runs the job with the arguments of the process."""
    etl.main(JOB, DATASET, enrich=enrich)


if __name__ == "__main__":
    main()
