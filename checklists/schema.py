"""The JSON door of this room: every ``dump_*`` and ``load_*``, strict in both directions."""

from checklists.item_schema import (
    dump_checklist,
    dump_criterion,
    dump_item,
    dump_item_state,
    dump_mark,
    dump_outcome,
    dump_progress,
    dump_value,
    load_checklist,
    load_criterion,
    load_item,
    load_item_state,
    load_mark,
    load_outcome,
    load_progress,
    load_value,
)
from checklists.operation_schema import dump_kept, dump_operation, load_kept, load_operation

__all__ = [
    "dump_checklist",
    "dump_criterion",
    "dump_item",
    "dump_item_state",
    "dump_kept",
    "dump_mark",
    "dump_operation",
    "dump_outcome",
    "dump_progress",
    "dump_value",
    "load_checklist",
    "load_criterion",
    "load_item",
    "load_item_state",
    "load_kept",
    "load_mark",
    "load_operation",
    "load_outcome",
    "load_progress",
    "load_value",
]
