"""Python's values to those of an outline: one method for each form that the grammar gives them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tree_sitter import Node

from twice import outline as o

# Deeper nesting than any person writes; what lies below is left out instead of exhausting the stack.
DEEPEST = 60


class Values:
    """Reads values from the tree of one text."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.depth = 0

    def parameters(self, node: Node | None) -> tuple[o.Parameter, ...]:
        result: list[o.Parameter] = []
        for child in node.named_children if node is not None else ():
            made = self.parameter(child)
            if made is not None:
                result.append(made)
        return tuple(result)

    def parameter(self, node: Node) -> o.Parameter | None:
        name: Node | None = node
        annotation, default = node.child_by_field_name("type"), node.child_by_field_name("value")
        if node.type in ("default_parameter", "typed_default_parameter"):
            name = node.child_by_field_name("name")
        elif node.type == "typed_parameter":
            name = node.named_children[0]
        elif node.type not in ("identifier", "list_splat_pattern", "dictionary_splat_pattern"):
            return None
        text = self.text(name)
        star = "**" if text.startswith("**") else "*" if text.startswith("*") else ""
        return o.Parameter(
            node.start_byte,
            node.end_byte,
            text.lstrip("*"),
            self.value(annotation) if annotation is not None else None,
            self.value(default) if default is not None else None,
            star,
        )

    # Values

    def text(self, node: Node | None) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""

    def value(self, node: Node | None) -> o.Value:
        if node is None:
            return o.Other(0, 0)
        make = _VALUES.get(node.type)
        if self.depth > DEEPEST:
            return o.Other(node.start_byte, node.end_byte)
        self.depth += 1
        try:
            return make(self, node) if make is not None else self.other(node)
        finally:
            self.depth -= 1

    def other(self, node: Node) -> o.Value:
        inner = tuple(self.value(child) for child in node.named_children if child.type != "comment")
        return o.Other(node.start_byte, node.end_byte, inner)

    def inside(self, node: Node) -> o.Value:
        children = [child for child in node.named_children if child.type != "comment"]
        return self.value(children[0]) if len(children) == 1 else self.other(node)

    def identifier(self, node: Node) -> o.Value:
        return o.Name(node.start_byte, node.end_byte, self.text(node))

    def constant(self, node: Node) -> o.Value:
        known = {"true": True, "false": False, "none": None}
        if node.type in known:
            return o.Literal(node.start_byte, node.end_byte, known[node.type])
        try:
            number = ast.literal_eval(self.text(node))
        except (ValueError, SyntaxError, MemoryError):
            return o.Other(node.start_byte, node.end_byte)
        return o.Literal(node.start_byte, node.end_byte, number if isinstance(number, int | float) else None)

    def string(self, node: Node) -> o.Value:
        holes = [child for child in node.named_children if child.type == "interpolation"]
        if not holes:
            return o.Literal(node.start_byte, node.end_byte, self.string_text(node))
        found: list[o.Value] = []
        for child in node.named_children:
            if child.type == "interpolation":
                inner = child.child_by_field_name("expression")
                found.append(self.value(inner) if inner is not None else self.other(child))
            elif child.type == "string_content":
                found.append(o.Literal(child.start_byte, child.end_byte, self.text(child)))
        return o.Joined(node.start_byte, node.end_byte, tuple(found))

    def string_text(self, node: Node) -> str | bytes:
        text = self.text(node)
        if "\\" not in text:
            content = [child for child in node.named_children if child.type == "string_content"]
            return "".join(self.text(child) for child in content)
        try:
            value = ast.literal_eval(text.lstrip("fFtT") if text[:1] in "fFtT" else text)
        except (ValueError, SyntaxError, MemoryError):
            return text.strip("\"'")
        return value if isinstance(value, str | bytes) else text

    def concatenated_string(self, node: Node) -> o.Value:
        found = [self.value(child) for child in node.named_children if child.type == "string"]
        literals = [part.value for part in found if isinstance(part, o.Literal)]
        if len(literals) == len(found) and all(isinstance(text, str) for text in literals):
            return o.Literal(node.start_byte, node.end_byte, "".join(str(text) for text in literals))
        return o.Joined(node.start_byte, node.end_byte, tuple(found))

    def attribute(self, node: Node) -> o.Value:
        name = node.child_by_field_name("attribute")
        start = name.start_byte if name is not None else node.end_byte
        return o.Attribute(
            node.start_byte, node.end_byte, self.value(node.child_by_field_name("object")), self.text(name), start
        )

    def subscript(self, node: Node) -> o.Value:
        return self.under(node, node.child_by_field_name("value"), node.children_by_field_name("subscript"))

    def under(self, node: Node, base: Node | None, keys: list[Node]) -> o.Value:
        found = [self.value(key) for key in keys]
        key = found[0] if len(found) == 1 else o.Collection(node.start_byte, node.end_byte, tuple(found), "tuple")
        return o.Subscript(node.start_byte, node.end_byte, self.value(base), key)

    def generic_type(self, node: Node) -> o.Value:
        """``list[X]`` where a type stands, which the grammar tells apart from a subscript only when its name has no dots."""
        base, *given = node.named_children
        return self.under(node, base, [child for one in given for child in one.named_children])

    def call(self, node: Node) -> o.Value:
        callee = self.value(node.child_by_field_name("function"))
        arguments = node.child_by_field_name("arguments")
        if arguments is None or arguments.type == "generator_expression":
            given = (
                ()
                if arguments is None
                else (o.Argument(arguments.start_byte, arguments.end_byte, None, self.value(arguments)),)
            )
            return o.Call(node.start_byte, node.end_byte, callee, given)
        made = tuple(self.argument(child) for child in arguments.named_children if child.type != "comment")
        return o.Call(node.start_byte, node.end_byte, callee, made, arguments.start_byte + 1)

    def argument(self, node: Node) -> o.Argument:
        if node.type == "keyword_argument":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            return o.Argument(node.start_byte, node.end_byte, self.text(name), self.value(value))
        if node.type in ("list_splat", "dictionary_splat"):
            star = "**" if node.type == "dictionary_splat" else "*"
            return o.Argument(node.start_byte, node.end_byte, None, self.inside(node), star)
        return o.Argument(node.start_byte, node.end_byte, None, self.value(node))

    def binary_operator(self, node: Node) -> o.Value:
        left, right = self.value(node.child_by_field_name("left")), self.value(node.child_by_field_name("right"))
        operator = node.child_by_field_name("operator")
        sign = operator.type if operator is not None else "+"
        if sign in ("+", "%") and (_is_text(left) or _is_text(right)):
            return o.Joined(node.start_byte, node.end_byte, (left, right))
        return o.Operation(node.start_byte, node.end_byte, sign, (left, right))

    def boolean_operator(self, node: Node) -> o.Value:
        operator = node.child_by_field_name("operator")
        left, right = self.value(node.child_by_field_name("left")), self.value(node.child_by_field_name("right"))
        return o.Operation(node.start_byte, node.end_byte, operator.type if operator else "and", (left, right))

    def not_operator(self, node: Node) -> o.Value:
        argument = self.value(node.child_by_field_name("argument"))
        return o.Operation(node.start_byte, node.end_byte, "not", (argument,))

    def unary_operator(self, node: Node) -> o.Value:
        argument = self.value(node.child_by_field_name("argument"))
        minus = node.children[0].type == "-"
        if minus and isinstance(argument, o.Literal) and isinstance(argument.value, int | float):
            return o.Literal(node.start_byte, node.end_byte, -argument.value)
        return o.Operation(node.start_byte, node.end_byte, "-", (argument,))

    def comparison_operator(self, node: Node) -> o.Value:
        operands = tuple(self.value(child) for child in node.named_children if child.type not in _COMPARISON_WORDS)
        signs = [child.type for child in node.children if not child.is_named or child.type in _COMPARISON_WORDS]
        return o.Operation(node.start_byte, node.end_byte, " ".join(signs) or "==", operands)

    def conditional_expression(self, node: Node) -> o.Value:
        children = [child for child in node.named_children if child.type != "comment"]
        if len(children) != 3:
            return self.other(node)
        then, test, otherwise = (self.value(child) for child in children)
        return o.Choice(node.start_byte, node.end_byte, test, then, otherwise)

    def lambda_(self, node: Node) -> o.Value:
        body = node.child_by_field_name("body")
        value = self.value(body)
        made = o.Function(
            node.start_byte,
            node.end_byte,
            "<lambda>",
            "<lambda>",
            self.parameters(node.child_by_field_name("parameters")),
            lambda: (o.Leave(value.start, value.end, "return", value),),
            node.start_byte,
        )
        return o.Lambda(node.start_byte, node.end_byte, made)

    def await_(self, node: Node) -> o.Value:
        return o.Await(node.start_byte, node.end_byte, self.inside(node))

    def yield_(self, node: Node) -> o.Value:
        delegates = any(child.type == "from" for child in node.children)
        given = [child for child in node.named_children if child.type != "comment"]
        return o.Yield(node.start_byte, node.end_byte, self.inside(node) if given else None, delegates)

    def collection(self, node: Node) -> o.Value:
        items = tuple(self.value(child) for child in node.named_children if child.type != "comment")
        return o.Collection(node.start_byte, node.end_byte, items, node.type)

    def dictionary(self, node: Node) -> o.Value:
        items: list[tuple[o.Value | None, o.Value]] = []
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                items.append((self.value(key), self.value(value)))
            elif child.type == "dictionary_splat":
                items.append((None, self.inside(child)))
        return o.Mapping(node.start_byte, node.end_byte, tuple(items))

    def comprehension(self, node: Node) -> o.Value:
        clauses, tests = [], []  # type: list[tuple[o.Value, o.Value]], list[o.Value]
        for child in node.named_children:
            if child.type == "for_in_clause":
                left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
                clauses.append((self.value(left), self.value(right)))
            elif child.type == "if_clause":
                tests.append(self.inside(child))
        element = self.value(node.child_by_field_name("body"))
        if node.type == "dictionary_comprehension" and isinstance(element, o.Other) and len(element.parts) == 2:
            element = o.Mapping(element.start, element.end, ((element.parts[0], element.parts[1]),))
        kind = node.type.removesuffix("_comprehension").removesuffix("_expression")
        return o.Comprehension(node.start_byte, node.end_byte, element, tuple(clauses), tuple(tests), kind)

    def named_expression(self, node: Node) -> o.Value:
        target, value = self.value(node.child_by_field_name("name")), self.value(node.child_by_field_name("value"))
        if not isinstance(target, o.Name):
            return o.Other(node.start_byte, node.end_byte, (value,))
        return o.Bind(node.start_byte, node.end_byte, target, value)


def _is_text(value: o.Value) -> bool:
    return isinstance(value, o.Joined) or (isinstance(value, o.Literal) and isinstance(value.value, str))


_COMPARISON_WORDS = ("not in", "is not")

_VALUES: dict[str, Callable[[Values, Node], o.Value]] = {
    "identifier": Values.identifier,
    "integer": Values.constant,
    "float": Values.constant,
    "true": Values.constant,
    "false": Values.constant,
    "none": Values.constant,
    "string": Values.string,
    "concatenated_string": Values.concatenated_string,
    "attribute": Values.attribute,
    "subscript": Values.subscript,
    "call": Values.call,
    "binary_operator": Values.binary_operator,
    "boolean_operator": Values.boolean_operator,
    "not_operator": Values.not_operator,
    "unary_operator": Values.unary_operator,
    "comparison_operator": Values.comparison_operator,
    "conditional_expression": Values.conditional_expression,
    "lambda": Values.lambda_,
    "await": Values.await_,
    "yield": Values.yield_,
    "list": Values.collection,
    "tuple": Values.collection,
    "set": Values.collection,
    "expression_list": Values.collection,
    "pattern_list": Values.collection,
    "tuple_pattern": Values.collection,
    "list_pattern": Values.collection,
    "dictionary": Values.dictionary,
    "list_comprehension": Values.comprehension,
    "set_comprehension": Values.comprehension,
    "dictionary_comprehension": Values.comprehension,
    "generator_expression": Values.comprehension,
    "named_expression": Values.named_expression,
    "parenthesized_expression": Values.inside,
    "type": Values.inside,
    "generic_type": Values.generic_type,
    "as_pattern_target": Values.inside,
}
