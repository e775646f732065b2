"""Read YAML strictly: no duplicate keys, no aliases, bounded size and depth; errors name file and line."""

import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from designs.errors import DesignError

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24
T = TypeVar("T")


class _StrictKeys(yaml.constructor.SafeConstructor):
    """Mappings whose keys are text or whole numbers, each once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | bool):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is neither text nor a whole number", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands here twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


class _StrictLoader(_StrictKeys, yaml.SafeLoader):
    """SafeLoader without what surprises: aliases, tags, merge and duplicate keys, dates, deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(
                None, None, "an alias (*name) is not allowed here, write the value out", self._mark()
            )
        if getattr(self.peek_event(), "tag", None) is not None:  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(
                None, None, "a tag (!name) is not allowed here, write the plain value", self._mark()
            )
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.constructor.ConstructorError(
                None, None, f"nested deeper than {MAX_DEPTH} levels", self._mark()
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _mark(self) -> yaml.Mark:
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        return mark


# A date or `=` in a parameter is text that was not quoted; leave it text so that the type check can name it.
_StrictLoader.yaml_implicit_resolvers = {
    first: [
        (tag, expression)
        for tag, expression in resolvers
        if not tag.endswith((":timestamp", ":value", ":merge", ":int", ":float"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

# 012 is not ten and 1:30 is not ninety: what people do not read as that number stays text, and is refused.
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9_]*)\Z"), list("-+0123456789")
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?\Z"
        r"|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
    ),
    list("-+0123456789."),
)


class _FastLoader(_StrictKeys, yaml.CSafeLoader):
    """The same in C, for text that ``_is_flat`` lets through; what it refuses is read again for the error."""


_FastLoader.yaml_implicit_resolvers = _StrictLoader.yaml_implicit_resolvers


def _is_flat(text: str) -> bool:
    """Return whether a text has no alias, no tag and no deep nesting, which the loader in C would follow."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) is not None or depth > MAX_DEPTH:
            return False
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True


def _loaded(text: str) -> Any:
    with suppress(yaml.YAMLError, ValueError):
        if _is_flat(text):
            return yaml.load(text, Loader=_FastLoader)  # noqa: S506 - a SafeLoader made stricter
    return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader made stricter


def parse_yaml(text: str, name: str) -> Any:
    """Return the plain values of a YAML text; ``name`` is the file as it appears in the error."""
    if len(text.encode()) > MAX_BYTES:
        raise DesignError(
            f"{name} is larger than {MAX_BYTES // 1024} KiB; a design or site file is a page or two."
        )
    try:
        return _loaded(text)
    except yaml.MarkedYAMLError as error:
        raise DesignError(f"{name}{_place(error)}: {_what(error)}.") from error
    except ValueError as error:
        raise DesignError(f"{name}: a number has too many digits; write it shorter.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise DesignError(f"{name} is not readable YAML: {_first_line(error)}.") from error


def read_yaml(path: Path) -> Any:
    """Return the plain values of a YAML file."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for without end
            raise DesignError(f"{path} is not a file; save it as a file.")
        if found.st_size > MAX_BYTES:
            raise DesignError(
                f"{path.name} is larger than {MAX_BYTES // 1024} KiB; a design or site file is a page or two."
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DesignError(f"{path} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DesignError(f"{path.name} is not UTF-8 text; save it as UTF-8.") from error
    return parse_yaml(text, path.name)


_FILES: dict[tuple[Path, Callable[[Path], Any]], tuple[tuple[int, ...], Any]] = {}


def read_once(path: Path, make: Callable[[Path], T]) -> T:
    """Return ``make(path)``, made anew only when the file was changed; the value must be frozen."""
    try:
        found = path.stat()
    except OSError as error:
        raise DesignError(f"{path} can't be read: {error.strerror or error}.") from error
    signature = (found.st_mtime_ns, found.st_size, found.st_ino)
    kept = _FILES.get((path, make))
    if kept is None or kept[0] != signature:
        kept = (signature, make(path))
        _FILES[path, make] = kept
    return cast("T", kept[1])


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f", line {mark.line + 1}" if mark else ""


def _what(error: yaml.MarkedYAMLError) -> str:
    return _first_line(error.problem or error.context or error)


def _first_line(error: object) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
