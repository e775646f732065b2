"""The one way a YAML file of this room is read: safe, small, no key twice, no alias, not deep."""

from pathlib import Path
from typing import Any

import yaml

from checklists.errors import TemplateError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12


class _Loader(yaml.SafeLoader):
    """SafeLoader without duplicate keys, aliases and deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias is not allowed; write it out")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested deeper than {MAX_DEPTH} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                mark = key_node.start_mark
                raise yaml.MarkedYAMLError(problem=f"the key {key} stands here twice", problem_mark=mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; TemplateError says why it can't be read or used."""
    if path.exists() and not path.is_file():
        raise TemplateError(
            f"{path.name} is no ordinary file; give a text file."
        )  # a pipe would wait for ever
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TemplateError(f"{path.name} can't be read: {error.strerror}.") from error
    return source


def parse_yaml(source: bytes, name: str) -> Any:
    """Return what a YAML text says; ``name`` is the file as it stands in the message."""
    if len(source) > MAX_BYTES:
        raise TemplateError(f"{name} is larger than {MAX_BYTES // 1024} KiB; split it into several files.")
    try:
        return yaml.load(source, Loader=_Loader)  # noqa: S506 - a SafeLoader made stricter
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise TemplateError(f"{name}{line}: {error.problem}; correct the YAML.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(f"{name} is no YAML that can be used: {str(error).splitlines()[0]}.") from error
