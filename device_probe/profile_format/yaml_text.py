"""YAML text -> plain values and the line of each; hostile or broken text is refused in one sentence."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from device_probe.problems import ProfileError

MAX_CHARACTERS = 300_000  # thirty times the longest profile
MAX_NODES = 100_000  # counted with everything that anchors repeat
MAX_DEPTH = 30  # the C loader has no limit of its own and would take the process along
Path = tuple[str | int, ...]
Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, written in C where there is one


@dataclass(frozen=True, slots=True)
class YamlFault:
    """What is wrong in the text itself, and in which line (0: nowhere in particular)."""

    line: int
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file, its syntax tree, and what is wrong with the text."""

    values: Any
    root: yaml.Node | None
    faults: tuple[YamlFault, ...] = ()

    def line_of(self, path: Path) -> int:
        """Return the line where a key (or the deepest part of the path that exists) stands."""
        node, line = self.root, 1
        for part in path:
            found = _step(node, part)
            if found is None:
                break
            node, line = found
        return line


def read_document(text: str) -> Document:
    """Parse YAML and find every key that is given twice; never raises."""
    if len(text) > MAX_CHARACTERS:
        return _refused(0, f"the file has {len(text)} characters", f"a profile has {MAX_CHARACTERS} at most")
    loader = Loader(text)
    try:
        if (line := _too_deep(text)) is not None:
            return _refused(line, "values are nested too deeply", "give a profile file")
        root = loader.get_single_node()
        if root is None:
            return _refused(1, "the file is empty", "describe a device in it")
        if _size(root, {}) > MAX_NODES:
            return _refused(1, "its anchors repeat one another without end", "write the values out")
        faults = tuple(_twice(root))
        return Document(loader.construct_document(root), root, faults)
    except yaml.MarkedYAMLError as error:
        return _refused(_line(error.problem_mark), _words(error.problem), "correct the YAML there")
    except yaml.YAMLError:
        return _refused(0, "this is not YAML text", "give a profile file")
    except (RecursionError, ValueError, TypeError, OverflowError):
        return _refused(0, "this YAML cannot be understood", "give a profile file")
    finally:
        loader.dispose()


def read_yaml(text: str, name: str) -> Any:
    """Parse YAML without duplicate keys; the error names file and line."""
    document = read_document(text)
    for fault in document.faults:
        place = f"{name}, line {fault.line}" if fault.line else name
        raise ProfileError(f"{place}: {fault.problem}; {fault.remedy}.")
    return document.values


def _refused(line: int, problem: str, remedy: str) -> Document:
    return Document(None, None, (YamlFault(line, problem, remedy),))


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 0


def _words(problem: str | None) -> str:
    return (problem or "this is not YAML").removesuffix(".")


def _too_deep(text: str) -> int | None:
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return _line(event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the nodes as if every alias were written out; a node inside itself counts as too many."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MAX_NODES + 1  # until it is counted: whoever meets it now stands inside it
    total = 1
    for child in _children(node):
        total += _size(child, known)
    known[id(node)] = total
    return total


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _twice(root: yaml.Node) -> Iterator[YamlFault]:
    todo, seen = [root], set()
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        todo += reversed(list(_children(node)))
        if not isinstance(node, yaml.MappingNode):
            continue
        first: dict[Hashable, int] = {}
        for key, _ in node.value:
            name, line = (key.tag, str(key.value)), _line(key.start_mark)
            if name in first:
                yield YamlFault(
                    line,
                    f"key {key.value!r} is given twice (first in line {first[name]})",
                    "remove one of the two",
                )
            first.setdefault(name, line)


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                return value, _line(key.start_mark)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child = node.value[part]
        return child, _line(child.start_mark)
    return None
