"""Text in definitions.

Fault of moto: it cuts the quotes off a JSON string and keeps its escapes, or reads them as Python's.
"""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.parser.asl.antlt4utils import antlr4utils
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from .patching import replace, replace_function


def mend() -> None:
    """Read strings of a definition as JSON."""
    replace_function(antlr4utils, "from_string_literal", _text_of)
    replace(Preprocessor, "_inner_string_of", staticmethod(_text_of))


def _text_of(parser_rule_context: Any) -> Any:
    source = parser_rule_context.getText()
    # Names of states and fields that are words of the language come without quotes.
    return json.loads(source) if source.startswith('"') or source == "null" else source
