"""Records as files hold them, read as raw text: what a record is stands in docs/architecture.md ("Records")."""

from .batches import META, Place, arrow_schema
from .read import read_records

__all__ = ["META", "Place", "arrow_schema", "read_records"]
