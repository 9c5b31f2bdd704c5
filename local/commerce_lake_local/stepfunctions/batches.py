"""Batches of a distributed Map (`ItemBatcher`), which moto's grammar does not know.

The field is taken out of a definition before moto parses it, and given back to the Map that it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from .definitions import every_state
from .expressions import fill
from .patching import replace

# The batchers of the definition that is being parsed, by the names of their states.
_parsed: ContextVar[dict[str, dict[str, Any]]] = ContextVar("batchers")


def mend() -> None:
    """Give each child of a Map that has an ItemBatcher a batch of the items."""
    parse: Any = AmazonStateLanguageParser.parse

    def parse_around_batchers(definition: str) -> Any:
        machine = json.loads(definition)
        states = [(name, state) for name, state, _ in every_state(machine) if "ItemBatcher" in state]
        if not states:
            return parse(definition)
        token = _parsed.set({name: state.pop("ItemBatcher") for name, state in states})
        try:
            return parse(json.dumps(machine))
        finally:
            _parsed.reset(token)

    replace(AmazonStateLanguageParser, "parse", staticmethod(parse_around_batchers))

    from_state_props = StateMap.from_state_props

    def with_batcher(self: Any, state_props: Any) -> None:
        from_state_props(self, state_props)
        self.iteration_component.batcher = _parsed.get({}).get(self.name)

    replace(StateMap, "from_state_props", with_batcher)

    run: Any = DistributedIterationComponent._map_run

    def run_in_batches(self: Any, env: Any, eval_input: Any) -> None:
        if self.batcher is not None:
            shared = fill(self.batcher.get("BatchInput"), env)
            batches = list(in_batches(env.stack.pop(), self.batcher))
            common = {} if shared is None else {"BatchInput": shared}
            env.stack.append([{**common, "Items": items} for items in batches])
        run(self, env, eval_input)

    replace(DistributedIterationComponent, "_map_run", run_in_batches)


def in_batches(items: list[Any], batcher: dict[str, Any]) -> Iterator[list[Any]]:
    """Part items by the number and the bytes that a batch may have; an item larger than that is a batch of its own."""
    most_items = batcher.get("MaxItemsPerBatch", len(items))
    most_bytes = batcher.get("MaxInputBytesPerBatch")
    batch: list[Any] = []
    size = 0
    for item in items:
        own = len(json.dumps(item, ensure_ascii=False).encode()) if most_bytes else 0
        if batch and (len(batch) == most_items or (most_bytes and size + own > most_bytes)):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += own
    if batch:
        yield batch
