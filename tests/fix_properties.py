"""What has to be true of every fix, whatever it is about: asked of the examples of the rules, and of packages that nobody here wrote.

Making a fix leaves files that can be read, silences its finding, and adds none: what another rule says afterwards it would have
said before, had this finding not hidden it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from twice import fixes
from twice.config import DEFAULT, Config
from twice.engine import Checked, Memory, check
from twice.finding import Finding, Fix
from twice.rules.match import match
from twice.rules.model import Rulebook

Files = Mapping[str, bytes]

# A fix that has to be asked for may make known what nobody could tell before: the rule that speaks then, and why it is right.
_MADE_KNOWN = {
    "CON408": {
        "LOD804": "what waits for an acknowledgement has no limit until somebody sets one",
        "PRO101": "what is not acknowledged comes back, also when it cannot be read",
    },
    "CON409": dict.fromkeys(
        ("DUP101", "DUP102", "DUP103", "IDM401"), "what is acknowledged when it is done comes again when it was not"
    ),
    "DLQ101": {"LOD201": "where deliveries are limited, a throttled run is one of them"},
    "LOD305": dict.fromkeys(
        ("LOD304", "LOD602", "IDM603"), "what waits, stops or lets go before the limit did so before any end"
    ),
    "LOD601": {"LOD302": "a request that ends has a longest duration, and so has the batch that makes it"},
    "LOD701": {"DLQ102": "an event that is given up has to go somewhere"},
    "LOD702": {"DLQ103": "what is refused has to go somewhere"},
    "LOD705": {"LOD701": "what asks for retries without end has them once it is heard"},
}


def fixed(files: Files, fix: Fix) -> dict[str, bytes]:
    """The files after a fix."""
    paths = {edit.place.path for edit in fix.edits}
    made = {path: fixes.apply(files[path], [one for one in fix.edits if one.place.path == path]) for path in paths}
    return {**files, **made}


def complaints(
    files: Files,
    book: Rulebook,
    checked: Checked,
    finding: Finding,
    fix: Fix,
    memory: Memory | None = None,
    config: Config = DEFAULT,
) -> Iterator[str]:
    """What is wrong with a fix of a finding, in words; nothing when all is well."""
    after = fixed(files, fix)
    yield from (f"{path} cannot be read" for path in _spoiled(files, after))
    yield from (f"{path} has line ends of two kinds" for path in _mixed(files, after))
    again = check(after, book, config, memory)
    yield from (f"{path} has a syntax error" for path in set(again.broken) - set(checked.broken))
    said, says = _counted(checked), _counted(again)
    if says[finding.code] >= said[finding.code]:
        yield f"{finding.code} still speaks"
    known = _MADE_KNOWN.get(finding.code, {}) if fix.safety == "unsafe" else {}
    for code in says.keys() - known.keys():
        if code != finding.code and says[code] > said[code] and says[code] > _alone(book, checked, code):
            yield f"{code} speaks now"


def _counted(checked: Checked) -> Counter[str]:
    return Counter(finding.code for finding in checked.findings)


def _alone(book: Rulebook, checked: Checked, code: str) -> int:
    """How often a rule would have spoken before, had no other one hidden what it says."""
    assert checked.known is not None
    return len(match([rule for rule in book.rules if rule.code == code], checked.known)[0])


def _spoiled(before: Files, after: Files) -> Iterator[str]:
    for path, data in after.items():
        if path.endswith(".py") and data != before[path] and _is_python(before[path]) and not _is_python(data):
            yield path


def _is_python(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def _mixed(before: Files, after: Files) -> Iterator[str]:
    for path, data in after.items():
        if data != before[path] and before[path].count(b"\n") == before[path].count(b"\r\n") and b"\n" in before[path]:
            if data.count(b"\n") != data.count(b"\r\n"):
                yield path
