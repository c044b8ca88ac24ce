"""Runs Twice on what the tests of other linters are made of, and compares: is their mistake found, is what they call right left alone?

    python tests/real/peers.py            prints the table of docs/peers.md; exit 1 where an expectation does not hold

The source distributions are those of peers.txt, fetched and kept like those of real.py; nothing of them is executed. What is
expected of each rule of theirs stands in peers.yaml. Where their cases are written as Python, only literals are read.
"""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import real  # noqa: E402  # beside this file

Template = dict[str, Any]


class Case(NamedTuple):
    """One thing that a peer is tested on, as files; ``wrong`` when the peer calls it so."""

    rule: str
    wrong: bool
    files: dict[str, str]


class Row(NamedTuple):
    """One rule of a peer: in how many of its wrong and right cases ours speaks, and what else is told of the right ones."""

    peer: str
    theirs: str
    belief: str
    ours: str
    wrong: str
    right: str
    others: str
    remark: str


def main() -> int:
    asked = yaml.safe_load((HERE / "peers.yaml").read_text("utf-8"))
    trees = {pin.name: real.tree_of(pin) for pin in real.pins((HERE / "peers.txt").read_text("utf-8"))}
    surprises = 0
    print("| peer | its rule | belief | Twice | told in its wrong cases | in its right cases | besides | remark |")
    print("|---|---|---|---|---:|---:|---|---|")
    for entry in asked:
        for rule, row in _rows(entry, trees[entry["peer"]]):
            print(f"| {' | '.join(row)} |")
            expected = [rule.get("wrong", "-"), rule.get("right", "-"), rule.get("others", "-")]
            if expected != [row.wrong, row.right, row.others]:
                print(f"not as expected: {row.peer} {row.theirs}: {expected}", file=sys.stderr)
                surprises += 1
    return 1 if surprises else 0


def _rows(entry: dict[str, Any], tree: Path) -> Iterator[tuple[dict[str, Any], Row]]:
    cases = projects(entry, tree) if "projects" in entry else written_cases(entry, tree)
    found = [(case, _found(case)) for case in cases]
    for rule in entry["rules"]:
        own = [(case, codes) for case, codes in found if case.rule in ("", rule["theirs"])]
        yield rule, _row(entry["peer"], rule, own)


def _row(peer: str, rule: dict[str, Any], found: list[tuple[Case, set[str]]]) -> Row:
    ours = str(rule.get("ours", "")).split()
    told = {wrong: [bool(codes & set(ours)) for case, codes in found if case.wrong is wrong] for wrong in (True, False)}
    wrong, right = (f"{sum(told[one])} of {len(told[one])}" if ours else "-" for one in (True, False))
    others = sorted({code for case, codes in found if not case.wrong for code in codes - set(ours)})
    return Row(
        peer=peer,
        theirs=f"{rule['theirs']}: {rule['what']}",
        belief=rule["belief"],
        ours=" ".join(ours) or "-",
        wrong=wrong,
        right=right,
        others=" ".join(others) or "-",
        remark=rule.get("why", ""),
    )


def _found(case: Case) -> set[str]:
    """The codes of all that a check of these files tells."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in {"twice.toml": "", **case.files}.items():
            path = Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        command = [sys.executable, "-m", "twice", "check", "--format", "json", "."]
        run = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    return {finding["code"] for finding in json.loads(run.stdout)["findings"]}


# Projects of files


def projects(entry: dict[str, Any], tree: Path) -> Iterator[Case]:
    """Whole projects, one that its peer calls wrong and one it calls right, with what stands beside them in our list."""
    for project in entry["projects"]:
        root = tree / project["folder"]
        files = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.py"))}
        for name, old, new in project.get("replaced", ()):
            if old not in files[name]:
                raise real.Refused(f"{name} of {entry['peer']} has no {old!r} any more")
            files[name] = files[name].replace(old, new)
        yield Case("", project["wrong"], {**files, **project.get("beside", {})})


# Cases written in Python


def written_cases(entry: dict[str, Any], tree: Path) -> Iterator[Case]:
    """The templates of parametrised tests; each has its expected errors behind it, none means that it is right."""
    for rule in entry["rules"]:
        module = ast.parse((tree / rule["tests"]).read_text("utf-8"))
        names = {
            target.id: statement.value
            for statement in module.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        around = _returned(module, "template")
        for given, errors in parameters(module):
            template = literal(given, names)
            if around is not None:
                template = copy.deepcopy(literal(around, names))
                template["Resources"]["Tested"] = {"Type": rule["type"], "Properties": literal(given, names)}
            files = {"template.json": json.dumps(template, indent=2), **rule.get("beside", {})}
            yield Case(rule["theirs"], bool(errors), files)


def parameters(module: ast.Module) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parametrize":
            cases = node.args[1]
            for case in cases.elts if isinstance(cases, ast.List) else ():
                if isinstance(case, ast.Tuple) and isinstance(case.elts[-1], ast.List):
                    yield case.elts[0], case.elts[-1].elts


def _returned(module: ast.Module, name: str) -> ast.expr | None:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return next((one.value for one in ast.walk(node) if isinstance(one, ast.Return)), None)
    return None


def literal(node: ast.expr, names: dict[str, ast.expr]) -> Any:
    """The value of a literal, of a name for one, or of a patched one."""
    match node:
        case ast.Name(id=name):
            return literal(names[name], names)
        case ast.Subscript(value=base, slice=key):
            return literal(base, names)[literal(key, names)]
        case ast.Dict(keys=keys, values=values):
            made: Template = {}
            for key, value in zip(keys, values, strict=True):
                made.update(literal(value, names) if key is None else {literal(key, names): literal(value, names)})
            return made
        case ast.List(elts=parts):
            return [literal(part, names) for part in parts]
        case ast.Call(func=ast.Attribute(attr="apply_patch"), args=[whole, ast.List(elts=steps)]):
            return _patched(literal(whole, names), [literal(step, names) for step in steps])
    return ast.literal_eval(node)


def _patched(whole: Template, steps: list[dict[str, Any]]) -> Template:
    """The operations of RFC 6902 that these tests use: add, replace, remove."""
    whole = copy.deepcopy(whole)
    for step in steps:
        *way, last = step["path"].strip("/").split("/")
        part = whole
        for key in way:
            part = part[key]
        if step["op"] == "remove":
            del part[last]
        else:
            part[last] = step["value"]
    return whole


if __name__ == "__main__":
    try:
        sys.exit(main())
    except real.Refused as problem:
        sys.exit(f"peers: {problem}")
