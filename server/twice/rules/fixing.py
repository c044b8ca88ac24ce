"""A rule's fix to edits: its names are resolved, then the writer of the file's language is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twice import fixes
from twice.action import PLACES, Action, Target
from twice.finding import Fix
from twice.noun import Fact
from twice.rules import wording
from twice.rules.answers import Binding, amount_of, answer, reading_of
from twice.rules.model import Amount, FixPlan, FixStep, Path, Sentence, names
from twice.truth import NONE, UNKNOWN, YES, effective
from twice.world import World, place_of


def fix_of(fix: FixPlan, binding: Binding, world: World) -> Fix | None:
    """The fix for these facts, or None when it is no help or cannot be written."""
    if any(all(_holds(one, binding, world) for one in situation) for situation in fix.unless):
        return None
    actions = [action for step in fix.steps if (action := _action(step, binding)) is not None]
    edits = fixes.edits(world, actions) if len(actions) == len(fix.steps) else None
    return Fix(wording.message(fix.title, binding), fix.safety, edits) if edits else None


def _holds(sentence: Sentence, binding: Binding, world: World) -> bool:
    """What is said of a fact that the finding has not bound may hold."""
    return not all(name in binding for name in names(sentence)) or answer(sentence, binding, world) is YES


def targets(fix: FixPlan, binding: Binding) -> tuple[object, ...]:
    """What a fix would change for these facts: where they stand, and where the fields of theirs that it names do."""
    paths = (path for step in fix.steps for _, path in step.arguments if isinstance(path, Path))
    facts = ((binding[path.name], path.fields) for path in paths if path.name in binding)
    return tuple((fact.place, place_of(fact, fields)) for fact, fields in facts)


def together(several: Sequence[Fix]) -> Fix | None:
    """One fix that makes the same change at all places of a finding; None when two of them want the same bytes."""
    different = tuple(dict.fromkeys(several))
    if len(fixes.compatible(different)) < len(different):
        return None
    edits = dict.fromkeys(edit for fix in different for edit in fix.edits)
    return Fix(several[0].title, several[0].safety, tuple(edits))


def _action(step: FixStep, binding: Binding) -> Action | None:
    arguments = dict(step.arguments)
    targets = [_target(arguments[key], binding) for key in PLACES if key in arguments]
    known = [target for target in targets if target is not None]
    to = arguments.get("to")
    value = amount_of(to, binding) if isinstance(to, Amount) else None
    text, imports = _text(arguments, binding), _imports(step.imports, binding)
    about = next((arguments[key] for key in ("argument", "addition", "word") if key in arguments), "")
    argument = wording.code(str(about), binding)
    if len(known) < len(targets) or value is UNKNOWN or text is None or imports is None or argument is None:
        return None
    imports, text = _imported(imports, text)
    return Action(
        kind=step.action,
        target=known[0],
        other=known[1] if len(known) > 1 else None,
        argument=argument,
        value=value,
        text=text,
        imports=imports,
    )


def _imports(template: str, binding: Binding) -> str | None:
    """What has to be imported; nothing where a fact says that nothing has to be."""
    name, *fields = template.strip("{}").split(".")
    said = reading_of(Path(name, tuple(fields)), binding).value if name in binding else None
    return "" if effective(said) is NONE else wording.code(template, binding)


def _imported(imports: str, text: str) -> tuple[str, str]:
    """A dotted name becomes an import of its last part, by which the text then calls it."""
    module, _, name = imports.rpartition(".")
    if not module or " " in imports:
        return imports, text
    return f"from {module} import {name}", text.replace(imports, name)


def _text(arguments: Mapping[str, object], binding: Binding) -> str | None:
    for key in ("by", "value", "text", "function", "error"):
        if key in arguments:
            return wording.code(str(arguments[key]), binding)
    return ""


def _target(path: object, binding: Binding) -> Target | None:
    if not isinstance(path, Path) or path.name not in binding:
        return None
    if not path.fields:
        return Target(binding[path.name], "", place_of(binding[path.name]))
    *through, field = path.fields
    owner = effective(reading_of(Path(path.name, tuple(through)), binding).value)
    return Target(owner, field, place_of(owner, (field,))) if isinstance(owner, Fact) else None
