"""Changes a YAML text to say something else, touching no more of it than has to: comments, quotes and order stay."""

from __future__ import annotations

from typing import Any

import yaml


class _Block(yaml.SafeDumper):
    """Long texts as literal blocks, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Block.add_representer(str, _text)
Edit = tuple[int, int, str]


def patched(text: str, wanted: dict[str, Any]) -> str:
    """`text` with the smallest edits after which it reads as `wanted`."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    given = yaml.safe_load(text)
    if given == wanted or root is None:
        return text
    edits: list[Edit] = []
    _compare(root, given, wanted, text, edits)
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    # An edit that YAML reads differently would lose somebody's work: then rather the plain form.
    return text if yaml.safe_load(text) == wanted else dumped(wanted)


def dumped(value: Any) -> str:
    """`value` as YAML in block style."""
    return yaml.dump(value, Dumper=_Block, sort_keys=False, allow_unicode=True, width=120)


def _compare(node: yaml.Node, given: Any, wanted: Any, text: str, edits: list[Edit]) -> None:
    if given == wanted and type(given) is type(wanted):
        return
    if (
        isinstance(node, yaml.MappingNode)
        and isinstance(wanted, dict)
        and set(wanted) >= set(given)
        and not _is_added_inside_flow(node, wanted)
    ):
        for key_node, value_node in node.value:
            key = yaml.safe_load(text[key_node.start_mark.index : key_node.end_mark.index])
            _compare(value_node, given[key], wanted[key], text, edits)
        _append(node, {key: value for key, value in wanted.items() if key not in given}, text, edits)
        return
    if isinstance(node, yaml.SequenceNode) and isinstance(wanted, list) and len(wanted) == len(given):
        for child, old, new in zip(node.value, given, wanted, strict=True):
            _compare(child, old, new, text, edits)
        return
    edits.append(_replacement(node, wanted, text))


def _is_added_inside_flow(node: yaml.MappingNode, wanted: dict[str, Any]) -> bool:
    return bool(node.flow_style) and len(wanted) > len(node.value)


def _append(node: yaml.MappingNode, added: dict[str, Any], text: str, edits: list[Edit]) -> None:
    if added:
        end = _end(node, text)
        edits.append((end, end, "\n" + _indented(dumped(added).rstrip("\n"), node.start_mark.column, first=True)))


def _replacement(node: yaml.Node, wanted: Any, text: str) -> Edit:
    start, end = node.start_mark.index, _end(node, text)
    if getattr(node, "flow_style", False) or not isinstance(wanted, dict | list) or not wanted:
        if isinstance(wanted, str) and "\n" in wanted and not _in_flow(text, start):
            line = text[text.rfind("\n", 0, start) + 1 : start]
            indent = len(line) - len(line.lstrip(" -"))
            body = "\n".join(" " * (indent + 2) + each if each else "" for each in wanted.rstrip("\n").split("\n"))
            return start, end, ("|\n" if wanted.endswith("\n") else "|-\n") + body
        return start, end, _flow(wanted)
    if isinstance(node, yaml.ScalarNode):
        return start, end, _flow(wanted)
    return start, end, _indented(dumped(wanted).rstrip("\n"), node.start_mark.column, first=False)


def _in_flow(text: str, index: int) -> bool:
    line = text[text.rfind("\n", 0, index) + 1 : index]
    return "{" in line or "[" in line


def _flow(value: Any) -> str:
    style = '"' if isinstance(value, str) and "\n" in value else None
    flat = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=100_000, sort_keys=False, default_style=style)
    return flat.removesuffix("\n").removesuffix("\n...").rstrip("\n")


def _indented(block: str, column: int, *, first: bool) -> str:
    lines = block.split("\n")
    head = lines[0] if not first else " " * column + lines[0]
    return "\n".join([head, *(" " * column + line if line else line for line in lines[1:])])


def _end(node: yaml.Node, text: str) -> int:
    """Where the node's text ends, without the blank lines and comments after a block."""
    end = node.end_mark.index
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last, text)
    return len(text[:end].rstrip("\n ")) if getattr(node, "style", None) in ("|", ">") else end
