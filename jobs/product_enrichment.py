"""Glue job: the catalogue from JSON, joined with the category reference, to processed.products on the run's branch."""

import pyarrow as pa
import pyarrow.compute as pc
from commerce_lake import etl
from commerce_lake.reference import categories

JOB, DATASET = "product_enrichment", "products"


def enrich(products: pa.Table) -> pa.Table:
    """Adds department and margin band of the category; null where the reference does not know the category."""
    known = categories()
    places = pc.index_in(products.column("category"), value_set=known.column("category"))
    for name in ("department", "margin_band"):
        products = products.append_column(name, known.column(name).take(places))
    return products


def main() -> None:
    """Runs the job with the arguments of the process."""
    etl.main(JOB, DATASET, enrich=enrich)


if __name__ == "__main__":
    main()
