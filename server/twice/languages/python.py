"""Python text to outline. The only module that knows Python's grammar."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tree_sitter import Node, Range

from twice import outline as o
from twice.syntax import python_part, python_root

# Deeper nesting than any person writes; what lies below is left out instead of exhausting the stack.
_DEEPEST = 60
# A branch lies inside the one before it: of a longer chain of them the middle is left out, and its end stays.
_BRANCHES = 100


def read(data: bytes) -> o.Outline:
    """The outline of a Python file. Never fails; a broken file yields fewer facts."""
    root = python_root(data)
    reader = _Reader(data)
    module = o.Function(0, len(data), "<module>", "", (), lambda: ())
    module._body = reader.block(root, module, None)
    return o.Outline(data, module, tuple(reader.functions), tuple(reader.classes), root.has_error)


class _Reader:
    """One pass over one tree: collects the functions and classes that it meets outside function bodies."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.functions: list[o.Function] = []
        self.classes: list[o.Class] = []
        self.depth = 0

    # Statements

    def block(self, node: Node | None, outer: o.Function, owner: o.Class | None) -> o.Block:
        if node is None or self.depth > _DEEPEST:
            return ()
        self.depth += 1
        result: list[o.Statement] = []
        for child in node.named_children:
            make = _STATEMENTS.get(child.type)
            if make is not None:
                made = make(self, child, outer, owner)
                result.extend(made if isinstance(made, tuple) else (made,))
            elif child.type in _NESTED:
                result.extend(self.block(child, outer, owner))
        self.depth -= 1
        return tuple(result)

    def expression_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> tuple[o.Statement, ...]:
        return tuple(self.simple(child) for child in node.named_children if child.type != "comment")

    def simple(self, node: Node) -> o.Statement:
        if node.type == "assignment":
            return self.assignment(node)
        if node.type == "augmented_assignment":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = node.child_by_field_name("operator")
            sign = operator.type if operator is not None else "+="
            return o.Assign(node.start_byte, node.end_byte, (self.value(left),), self.value(right), sign)
        return o.Do(node.start_byte, node.end_byte, self.value(node))

    def assignment(self, node: Node) -> o.Assign:
        targets: list[o.Value] = []
        annotation: o.Value | None = None
        current: Node | None = node
        while current is not None and current.type == "assignment":
            targets.append(self.value(current.child_by_field_name("left")))
            written = current.child_by_field_name("type")
            annotation = self.value(written) if written is not None else annotation
            current = current.child_by_field_name("right")
        value = self.value(current) if current is not None else None
        return o.Assign(node.start_byte, node.end_byte, tuple(targets), value, "", annotation)

    def if_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        """``elif`` is an ``if`` in the other branch; built from the last to the first."""
        last = [child.child_by_field_name("body") for child in node.named_children if child.type == "else_clause"]
        otherwise = self.block(last[0], outer, owner) if last else ()
        for clause in _some([child for child in node.named_children if child.type == "elif_clause"]):
            otherwise = (self.conditional(clause, otherwise, outer, owner),)
        return self.conditional(node, otherwise, outer, owner)

    def conditional(self, node: Node, otherwise: o.Block, outer: o.Function, owner: o.Class | None) -> o.If:
        test = self.value(node.child_by_field_name("condition"))
        then = self.block(node.child_by_field_name("consequence"), outer, owner)
        return o.If(node.start_byte, node.end_byte, test, then, otherwise)

    def for_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        target, source = self.value(node.child_by_field_name("left")), self.value(node.child_by_field_name("right"))
        body, otherwise = self.loop_blocks(node, outer, owner)
        return o.Loop(node.start_byte, node.end_byte, target, source, body, otherwise, _is_async(node))

    def while_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        test = self.value(node.child_by_field_name("condition"))
        body, otherwise = self.loop_blocks(node, outer, owner)
        return o.Loop(node.start_byte, node.end_byte, None, test, body, otherwise, False)

    def loop_blocks(self, node: Node, outer: o.Function, owner: o.Class | None) -> tuple[o.Block, o.Block]:
        alternative = node.child_by_field_name("alternative")
        otherwise = alternative.child_by_field_name("body") if alternative is not None else None
        return self.block(node.child_by_field_name("body"), outer, owner), self.block(otherwise, outer, owner)

    def with_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        items: list[tuple[o.Value, o.Value | None]] = []
        for clause in node.named_children:
            if clause.type == "with_clause":
                items.extend(self.with_item(item) for item in clause.named_children if item.type == "with_item")
        body = self.block(node.child_by_field_name("body"), outer, owner)
        return o.With(node.start_byte, node.end_byte, tuple(items), body, _is_async(node))

    def with_item(self, node: Node) -> tuple[o.Value, o.Value | None]:
        value = node.child_by_field_name("value")
        if value is not None and value.type == "as_pattern":
            return self.as_pattern(value)
        return self.value(value), None

    def as_pattern(self, node: Node) -> tuple[o.Value, o.Value | None]:
        alias = node.child_by_field_name("alias")
        targets = alias.named_children if alias is not None else []
        return self.value(node.named_children[0]), self.value(targets[0]) if targets else None

    def try_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        body = self.block(node.child_by_field_name("body"), outer, owner)
        excepts, otherwise, final = [], (), ()  # type: list[o.Except], o.Block, o.Block
        for clause in node.named_children:
            if clause.type in ("except_clause", "except_group_clause"):
                excepts.append(self.except_clause(clause, outer, owner))
            elif clause.type == "else_clause":
                otherwise = self.block(clause.child_by_field_name("body"), outer, owner)
            elif clause.type == "finally_clause":
                final = self.block(_last_block(clause), outer, owner)
        return o.Try(node.start_byte, node.end_byte, body, tuple(excepts), otherwise, final)

    def except_clause(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Except:
        types: list[o.Value] = []
        name: str | None = None
        for child in node.named_children:
            if child.type == "as_pattern":
                value, target = self.as_pattern(child)
                types.append(value)
                name = target.id if isinstance(target, o.Name) else None
            elif child.type not in ("block", "comment"):
                types.append(self.value(child))
        flat = [part for value in types for part in (value.items if isinstance(value, o.Collection) else (value,))]
        return o.Except(node.start_byte, node.end_byte, tuple(flat), name, self.block(_last_block(node), outer, owner))

    def match_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        subject = self.value(node.child_by_field_name("subject"))
        body = node.child_by_field_name("body")
        cases = [child for child in (body.named_children if body else ()) if child.type == "case_clause"]
        result: o.Block = ()
        for case in _some(cases):
            patterns = [self.value(child) for child in case.named_children if child.type == "case_pattern"]
            then = self.block(case.child_by_field_name("consequence"), outer, owner)
            test = o.Operation(case.start_byte, case.end_byte, "match", (subject, *patterns))
            result = (o.If(case.start_byte, case.end_byte, test, then, result),)
        return result[0] if result else o.Do(node.start_byte, node.end_byte, subject)

    def leave(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        kind = node.type.removesuffix("_statement")
        children = [child for child in node.named_children if child.type != "comment"]
        return o.Leave(node.start_byte, node.end_byte, kind, self.value(children[0]) if children else None)

    def delete_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        targets = tuple(self.value(child) for child in node.named_children)
        return o.Assign(node.start_byte, node.end_byte, targets, None, "del")

    def assert_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        return o.Do(node.start_byte, node.end_byte, self.other(node))

    def import_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> tuple[o.Statement, ...]:
        result: list[o.Statement] = []
        for child in node.children_by_field_name("name"):
            if child.type == "aliased_import":
                name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
                result.append(o.Import(child.start_byte, child.end_byte, self.text(alias), self.text(name), None))
            else:
                dotted = self.text(child)
                top = dotted.partition(".")[0]
                result.append(o.Import(child.start_byte, child.end_byte, top, top, None))
        return tuple(result)

    def import_from(self, node: Node, outer: o.Function, owner: o.Class | None) -> tuple[o.Statement, ...]:
        module = self.text(node.child_by_field_name("module_name")).replace(" ", "")
        result: list[o.Statement] = []
        for child in node.children_by_field_name("name"):
            name, alias = child, child
            if child.type == "aliased_import":
                name = child.child_by_field_name("name") or child
                alias = child.child_by_field_name("alias") or child
            result.append(o.Import(child.start_byte, child.end_byte, self.text(alias), module, self.text(name)))
        if any(child.type == "wildcard_import" for child in node.named_children):
            result.append(o.Import(node.start_byte, node.end_byte, "", module, "*"))
        return tuple(result)

    # Definitions

    def function_definition(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        function = self.function(node, (), outer, owner)
        return o.Define(node.start_byte, node.end_byte, function)

    def class_definition(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement:
        return o.Define(node.start_byte, node.end_byte, self.class_of(node, (), outer, owner))

    def decorated_definition(self, node: Node, outer: o.Function, owner: o.Class | None) -> tuple[o.Statement, ...]:
        decorators = tuple(
            self.value(child.named_children[0])
            for child in node.named_children
            if child.type == "decorator" and child.named_child_count
        )
        definition = node.child_by_field_name("definition")
        if definition is None:
            return ()
        if definition.type == "class_definition":
            what: o.Function | o.Class = self.class_of(definition, decorators, outer, owner)
        else:
            what = self.function(definition, decorators, outer, owner)
        return (o.Define(node.start_byte, node.end_byte, what),)

    def function(
        self, node: Node, decorators: tuple[o.Value, ...], outer: o.Function, owner: o.Class | None
    ) -> o.Function:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        returns = node.child_by_field_name("return_type")
        qualified = _join(owner.qualified_name if owner else outer.qualified_name, self.text(name))
        function = o.Function(
            node.start_byte,
            node.end_byte,
            self.text(name),
            qualified,
            self.parameters(node.child_by_field_name("parameters")),
            lambda: (),
            name.start_byte if name is not None else node.start_byte,
            decorators,
            self.value(returns) if returns is not None else None,
            _is_async(node),
            owner,
            outer,
        )
        if body is not None:
            function.read = _body_reader(self.data, node.range, body.start_byte, function)
        self.functions.append(function)
        return function

    def class_of(
        self, node: Node, decorators: tuple[o.Value, ...], outer: o.Function, owner: o.Class | None
    ) -> o.Class:
        name = node.child_by_field_name("name")
        qualified = _join(owner.qualified_name if owner else outer.qualified_name, self.text(name))
        superclasses = node.child_by_field_name("superclasses")
        bases = tuple(
            self.value(child)
            for child in (superclasses.named_children if superclasses is not None else ())
            if child.type not in ("keyword_argument", "comment")
        )
        start = name.start_byte if name is not None else node.start_byte
        made = o.Class(
            node.start_byte, node.end_byte, self.text(name), qualified, bases, start, decorators, outer=outer
        )
        self.classes.append(made)
        body = self.block(node.child_by_field_name("body"), outer, made)
        made.assigns = tuple(statement for statement in o.statements(body) if isinstance(statement, o.Assign))
        for statement in o.statements(body):
            if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
                made.methods.setdefault(statement.what.name, statement.what)
        return made

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
        if self.depth > _DEEPEST:
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
        keys = [self.value(child) for child in node.children_by_field_name("subscript")]
        key = keys[0] if len(keys) == 1 else o.Collection(node.start_byte, node.end_byte, tuple(keys), "tuple")
        return o.Subscript(node.start_byte, node.end_byte, self.value(node.child_by_field_name("value")), key)

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


def _body_reader(data: bytes, whole: Range, start: int, function: o.Function) -> Callable[[], o.Block]:
    """Reads one body when it is asked for, from a tree of that function alone: no outline holds on to a tree."""

    def read_body() -> o.Block:
        node = python_part(data, whole).descendant_for_byte_range(start, max(start, whole.end_byte - 1))
        while node is not None and not (node.type == "block" and node.start_byte == start):
            node = node.parent
        return _Reader(data).block(node, function, None)

    return read_body


def _some(branches: list[Node]) -> Iterator[Node]:
    """The branches of a chain from the last to the first, as many of them as are read."""
    return reversed(branches if len(branches) <= _BRANCHES else [*branches[: _BRANCHES - 1], branches[-1]])


def _is_async(node: Node) -> bool:
    return bool(node.child_count) and node.children[0].type == "async"


def _last_block(node: Node) -> Node | None:
    blocks = [child for child in node.named_children if child.type == "block"]
    return blocks[-1] if blocks else None


def _join(outer: str, name: str) -> str:
    return f"{outer}.{name}" if outer else name


def _is_text(value: o.Value) -> bool:
    return isinstance(value, o.Joined) or (isinstance(value, o.Literal) and isinstance(value.value, str))


_COMPARISON_WORDS = ("not in", "is not")
_NESTED = ("ERROR", "block", "module")

_Make = Callable[["_Reader", Node, o.Function, "o.Class | None"], "o.Statement | tuple[o.Statement, ...]"]

_STATEMENTS: dict[str, _Make] = {
    "expression_statement": _Reader.expression_statement,
    "if_statement": _Reader.if_statement,
    "for_statement": _Reader.for_statement,
    "while_statement": _Reader.while_statement,
    "with_statement": _Reader.with_statement,
    "try_statement": _Reader.try_statement,
    "match_statement": _Reader.match_statement,
    "return_statement": _Reader.leave,
    "raise_statement": _Reader.leave,
    "break_statement": _Reader.leave,
    "continue_statement": _Reader.leave,
    "delete_statement": _Reader.delete_statement,
    "assert_statement": _Reader.assert_statement,
    "import_statement": _Reader.import_statement,
    "import_from_statement": _Reader.import_from,
    "function_definition": _Reader.function_definition,
    "class_definition": _Reader.class_definition,
    "decorated_definition": _Reader.decorated_definition,
}

_VALUES: dict[str, Callable[[_Reader, Node], o.Value]] = {
    "identifier": _Reader.identifier,
    "integer": _Reader.constant,
    "float": _Reader.constant,
    "true": _Reader.constant,
    "false": _Reader.constant,
    "none": _Reader.constant,
    "string": _Reader.string,
    "concatenated_string": _Reader.concatenated_string,
    "attribute": _Reader.attribute,
    "subscript": _Reader.subscript,
    "call": _Reader.call,
    "binary_operator": _Reader.binary_operator,
    "boolean_operator": _Reader.boolean_operator,
    "not_operator": _Reader.not_operator,
    "unary_operator": _Reader.unary_operator,
    "comparison_operator": _Reader.comparison_operator,
    "conditional_expression": _Reader.conditional_expression,
    "lambda": _Reader.lambda_,
    "await": _Reader.await_,
    "yield": _Reader.yield_,
    "list": _Reader.collection,
    "tuple": _Reader.collection,
    "set": _Reader.collection,
    "expression_list": _Reader.collection,
    "pattern_list": _Reader.collection,
    "tuple_pattern": _Reader.collection,
    "list_pattern": _Reader.collection,
    "dictionary": _Reader.dictionary,
    "list_comprehension": _Reader.comprehension,
    "set_comprehension": _Reader.comprehension,
    "dictionary_comprehension": _Reader.comprehension,
    "generator_expression": _Reader.comprehension,
    "named_expression": _Reader.named_expression,
    "parenthesized_expression": _Reader.inside,
    "type": _Reader.inside,
    "as_pattern_target": _Reader.inside,
}
