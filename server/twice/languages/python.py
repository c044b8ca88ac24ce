"""Python text to outline: statements, functions and classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from keyword import iskeyword

from tree_sitter import Node, Range

from twice import outline as o
from twice.languages.python_loops import written_out
from twice.languages.python_values import DEEPEST, Values
from twice.syntax import python_part, python_root

# A branch lies inside the one before it: of a longer chain of them the middle is left out, and its end stays.
_BRANCHES = 100


def read(data: bytes) -> o.Outline:
    """The outline of a Python file. Never fails; a broken file yields fewer facts."""
    return o.Outline(data, _contents)


def _contents(data: bytes) -> o.Contents:
    root = python_root(data)
    reader = _Reader(data)
    module = o.Function(0, len(data), "<module>", "", (), lambda: ())
    module._body = reader.block(root, module, None)
    return o.Contents(module, tuple(reader.functions), tuple(reader.classes), root.has_error)


class _Reader(Values):
    """One pass over one tree: collects the functions and classes that it meets outside function bodies."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.functions: list[o.Function] = []
        self.classes: list[o.Class] = []

    # Statements

    def block(self, node: Node | None, outer: o.Function, owner: o.Class | None) -> o.Block:
        if node is None or self.depth > DEEPEST:
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
        return written_out(o.Loop(node.start_byte, node.end_byte, target, source, body, otherwise, _is_async(node)))

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

    def match_statement(self, node: Node, outer: o.Function, owner: o.Class | None) -> o.Statement | o.Block:
        subject = self.value(node.child_by_field_name("subject"))
        body = node.child_by_field_name("body")
        cases = [child for child in (body.named_children if body else ()) if child.type == "case_clause"]
        result: o.Block = ()
        for case in _some(cases):
            then = self.block(case.child_by_field_name("consequence"), outer, owner)
            if case is cases[-1] and (name := self.name_of_all(case)) is not None:
                at = case.start_byte, case.start_byte
                taken = o.Assign(*at, (o.Name(*at, name),), subject) if name != "_" else o.Do(*at, subject)
                result = (taken, *then)
                continue
            result = (o.If(case.start_byte, case.end_byte, self.case_test(case, subject), then, result),)
        return result or o.Do(node.start_byte, node.end_byte, subject)

    def case_test(self, case: Node, subject: o.Value) -> o.Operation:
        """A literal is compared, several are looked through; any other pattern is one that the subject matches or does not."""
        patterns = [child for child in case.named_children if child.type == "case_pattern"]
        at = case.start_byte, patterns[-1].end_byte if patterns else case.end_byte
        known = [self.value(one) for pattern in patterns for one in _alternatives(pattern)]
        if case.child_by_field_name("guard") is not None or not all(isinstance(one, o.Literal) for one in known):
            return o.Operation(*at, "match", (subject, *map(self.value, patterns)))
        if len(known) == 1:
            return o.Operation(*at, "==", (subject, *known))
        return o.Operation(*at, "in", (subject, o.Collection(*at, tuple(known), "tuple")))

    def name_of_all(self, case: Node) -> str | None:
        """The name in ``case _:`` and ``case other:``, which take whatever is left."""
        patterns = [self.text(child) for child in case.named_children if child.type == "case_pattern"]
        plain = len(patterns) == 1 and patterns[0].isidentifier() and not iskeyword(patterns[0])
        return patterns[0] if plain and case.child_by_field_name("guard") is None else None

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
        named = node.child_by_field_name("module_name")
        module = self.text(named).replace(" ", "") if named is not None else "__future__"
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


def _body_reader(data: bytes, whole: Range, start: int, function: o.Function) -> Callable[[], o.Block]:
    """Reads one body when it is asked for, from a tree of that function alone: no outline holds on to a tree."""

    def read_body() -> o.Block:
        node = python_part(data, whole).descendant_for_byte_range(start, max(start, whole.end_byte - 1))
        while node is not None and not (node.type == "block" and node.start_byte == start):
            node = node.parent
        return _Reader(data).block(node, function, None)

    return read_body


def _alternatives(pattern: Node) -> list[Node]:
    """What ``case a | b`` names, each by itself."""
    inner = pattern.named_children
    if len(inner) != 1:
        return [pattern]
    return inner[0].named_children if inner[0].type == "union_pattern" else inner


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
    "future_import_statement": _Reader.import_from,
    "function_definition": _Reader.function_definition,
    "class_definition": _Reader.class_definition,
    "decorated_definition": _Reader.decorated_definition,
}
