"""Writes what follows from src/mimik/schema.json: python scripts/make_result_types.py.

These are the server's models of a result (src/mimik/app/schemas_results.py) and the page's types of it
(page/src/api/results.ts). Both take a property as its "x-served" says: the tighter limits of what mimik's
own server gives and takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "src" / "mimik" / "schema.json"
MODELS = ROOT / "src" / "mimik" / "app" / "schemas_results.py"
TYPES = ROOT / "page" / "src" / "api" / "results.ts"
MADE = "Made by `python scripts/make_result_types.py` of src/mimik/schema.json: change that, not this."
CONVERTED = "; null only in results converted from another tool"
"""What descriptions say of properties that the server always knows."""

Node: TypeAlias = Mapping[str, Any]
SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
"""Type of JSON to that of Python."""
FORMATS = {
    **{"class-name": "ClassName", "label": "Label", "unit-name": "UnitName"},
    **{"blendshape-name": "BlendshapeName"},
}
"""Format of a text to its check in mimik.app.schemas_checks."""
LIMITS = {
    **{"minimum": "ge", "maximum": "le", "maxLength": "max_length"},
    **{"minItems": "min_length", "maxItems": "max_length", "maxProperties": "max_length"},
}
"""Limit of JSON Schema to that of pydantic's Field."""
HEAD = f'''"""What a result is, for checks and for the OpenAPI description.

{MADE}
"""

# fmt: off
# ruff: noqa: E501, I001

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from mimik.app.schemas_checks import BlendshapeName, ClassName, Label, LeftOut, OpenFace, Strict, UnitName
'''
LONGEST_TUPLE = 8
"""Items of a list of the page's that has a type for each; longer ones are lists of any length."""


@cache
def shapes() -> dict[str, Node]:
    """Every shape of the schema by name, those that others are made of first."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return {name: served(node) for name, node in reversed(schema["$defs"].items())}


def served(node: Node) -> Node:
    """A node as it holds for the server."""
    return {**node, **node.get("x-served", {})}


def class_name(name: str) -> str:
    """A shape's name as that of a class: "class_reading" as "ClassReading"."""
    return name.title().replace("_", "")


def expression(node: Node, named: Callable[[str], str], plain: Callable[[str, Node], str]) -> str:
    """A node as a type of a language, which has a name for each shape and a form for each type of JSON."""
    if "$ref" in node:
        return named(node["$ref"].rpartition("/")[2])
    if "anyOf" in node:
        return " | ".join(expression(served(one), named, plain) for one in node["anyOf"])
    kinds = [node["type"]] if isinstance(node["type"], str) else node["type"]
    return " | ".join(plain(kind, node) for kind in kinds)


def models() -> str:
    """The server's models."""
    parts = [HEAD]
    for name, node in shapes().items():
        if "properties" in node:
            parts += ["\n", *_model(class_name(name), node)]
        else:
            parts += ["\n", f'{class_name(name)}: TypeAlias = {python(node)}\n"""{node["description"]}"""']
    return "\n".join(parts) + "\n"


def _model(name: str, node: Node) -> Iterator[str]:
    base = "OpenFace" if node["additionalProperties"] else "Strict"
    about = node["description"].partition(". ")[0].rstrip(".")
    yield f'class {name}Model({base}):\n    """{about}."""\n'
    for field, inner in node["properties"].items():
        kind = python(served(inner))
        there = field in node["required"]
        yield f"    {field}: {kind if there else f'Annotated[{kind} | SkipJsonSchema[None], LeftOut] = None'}"


def python(node: Node) -> str:
    """A node as an annotation of Python."""
    model = {name: "Model" if "properties" in shape else "" for name, shape in shapes().items()}
    return expression(node, lambda name: class_name(name) + model[name], _python_one)


def _python_one(kind: str, node: Node) -> str:
    if "enum" in node:
        return f"Literal[{', '.join(map(json.dumps, node['enum']))}]"
    if kind == "string" and "format" in node:
        return FORMATS[node["format"]]
    plain = SIMPLE.get(kind)
    if kind == "array":
        plain = f"list[{python(served(node['items']))}]"
    elif kind == "object":
        key = FORMATS[node["propertyNames"]["format"]]
        plain = f"dict[{key}, {python(served(node['additionalProperties']))}]"
    limits = [f"{own}={node[name]}" for name, own in LIMITS.items() if name in node and kind != "null"]
    limits += ["allow_inf_nan=False"] if kind == "number" else []
    return f"Annotated[{plain}, Field({', '.join(limits)})]" if limits else str(plain)


def types() -> str:
    """The page's types."""
    parts = [f"/** What a result is. {MADE} */"]
    for name, node in reversed(shapes().items()):
        parts.append("\n" + _comment(node))
        if "properties" in node:
            parts += _interface(class_name(name), node)
        else:
            parts.append(f"export type {class_name(name)} = {typescript(node)};")
    return "\n".join(parts) + "\n"


def _interface(name: str, node: Node) -> Iterator[str]:
    yield f"export interface {name} {{"
    for field, inner in node["properties"].items():
        if "description" in inner:
            yield f"  {_comment(inner)}"
        yield f"  {field}{'' if field in node['required'] else '?'}: {typescript(served(inner))};"
    if node["additionalProperties"]:
        yield "  /** A task that the schema doesn't know, an object. */\n  [task: string]: unknown;"
    yield "}"


def _comment(node: Node) -> str:
    return f"/** {node['description'].replace(CONVERTED, '')} */"


def typescript(node: Node) -> str:
    """A node as a type of TypeScript."""
    return expression(node, class_name, _typescript_one)


def _typescript_one(kind: str, node: Node) -> str:
    if "enum" in node:
        return " | ".join(map(json.dumps, node["enum"]))
    if kind == "array":
        inner = typescript(served(node["items"]))
        fixed = node.get("minItems") if node.get("minItems") == node.get("maxItems") else None
        fixed = fixed if fixed and fixed <= LONGEST_TUPLE else None
        return f"[{', '.join([inner] * fixed)}]" if fixed else f"{inner}[]"
    if kind == "object":
        return f"Record<string, {typescript(served(node['additionalProperties']))}>"
    return "number" if kind == "integer" else kind


if __name__ == "__main__":
    MODELS.write_text(models(), encoding="utf-8")
    TYPES.write_text(types(), encoding="utf-8")
