"""Makes the fixes that packages are offered which nobody here wrote, one by one, and says what is wrong with any of them.

    python tests/real/fixes.py                     every package of packages.txt
    python tests/real/fixes.py Weblate pretix      these packages
    python tests/real/fixes.py --tree DIRECTORY    a directory that is already there, as one more

Each is made on a copy in memory: the trees stay as they are. Of one rule in one package ``--most`` fixes are made.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import real  # noqa: E402  # beside this file
from fix_properties import complaints  # noqa: E402  # above it
from twice.cli.opening import open_project  # noqa: E402
from twice.engine import Checked, Memory, check  # noqa: E402
from twice.finding import Finding, Fix  # noqa: E402
from twice.text import Text  # noqa: E402


def main() -> int:
    parser = real.parser("Make the fixes that packages are offered.")
    parser.add_argument("--most", type=int, default=3, help="how many fixes of one rule in one package (default 3)")
    asked = parser.parse_args()
    refused: list[str] = []
    made: Counter[str] = Counter()
    wrong = 0
    for name, tree in real.trees(asked, refused):
        for safety, complaint in _made(name, tree, asked.most):
            made[safety] += 1
            wrong += bool(complaint)
            if complaint:
                print(complaint, flush=True)
        print(f"{name}: {made['safe']} safe and {made['unsafe']} unsafe fixes so far", file=sys.stderr, flush=True)
    print(f"{made['safe']} safe and {made['unsafe']} unsafe fixes made, {wrong} of them wrong")
    for message in refused:
        print(f"not checked: {message}", file=sys.stderr)
    return 1 if refused or wrong else 0


def _made(name: str, tree: Path, most: int) -> Iterator[tuple[str, str]]:
    """The safety of each fix that was made, and what is wrong with it, if anything is."""
    project = open_project([tree])
    files, memory = project.workspace.files, Memory()
    checked = check(files, project.book, project.config, memory)
    for finding, fix in _some(checked, most):
        found = list(complaints(files, project.book, checked, finding, fix, memory, project.config))
        line = Text(files[finding.place.path]).position(finding.place.start).line + 1
        where = f"{name} {finding.place.path}:{line}: {finding.code}, {fix.title} ({fix.safety})"
        yield fix.safety, f"{where}: {'; '.join(found)}" if found else ""


def _some(checked: Checked, most: int) -> Iterator[tuple[Finding, Fix]]:
    taken: Counter[str] = Counter()
    for finding in checked.findings:
        taken[finding.code] += bool(finding.fixes)
        if taken[finding.code] <= most:
            yield from ((finding, fix) for fix in finding.fixes)


if __name__ == "__main__":
    sys.exit(main())
