"""Compares what Twice reads from SAM templates with what SAM's own translator makes of them.

    make sam TREE=serverless-application-model     a clone of github.com/aws/serverless-application-model: its tests are the inputs
    python tests/real/sam.py --all TREE            also lists the differences that are explained in sam_explained.yaml

Every input that the translator accepts and that has functions is read twice: as it is, and as the CloudFormation into which the
translator expands it. Functions, queues and subscriptions have to be the same, with the same fields. Beside that a plain reader of
the expanded template (``mappings``, which imports nothing of Twice) lists the event source mappings with what is written in them.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from twice.facts import Function, Queue, Subscription
from twice.languages import templates
from twice.languages.template import Template
from twice.noun import Fact
from twice.project.infrastructure import Infrastructure, infrastructure
from twice.rules.book import open_book
from twice.steps import finished
from twice.truth import Missing, Setting, effective

HERE = Path(__file__).resolve().parent
RULES = HERE.parents[1] / "rules"
INPUTS = ("tests/translator/input/*.yaml", "integration/resources/templates/*/*.yaml")
# What a function is made of is told by its code, and a permission may or may not stand beside what asks.
FIELDS = {
    Function: ("time_limit", "max_concurrency", "dead_letter"),
    Queue: ("kind", "ordered", "visibility_timeout", "retention", "dead_letter", "is_dead_letter", "deduplicates"),
    Subscription: (
        *("kind", "function", "queue", "shape", "batch_size", "window", "partial_failures", "max_attempts", "dead_letter"),
        *("redelivers_forever", "max_concurrency", "redelivery_after", "run_limit", "splits_batch", "is_polled"),
        *("filters_events", "ordered"),
    ),
}  # fmt: skip


class Row(NamedTuple):
    """A fact in plain words, the same wherever it was read."""

    noun: str
    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.noun} " + " ".join(f"{name}={value}" for name, value in self.fields)


class Difference(NamedTuple):
    """What only one of two readings says."""

    file: str
    side: str
    text: str


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tree", type=Path, help="the repository of the translator, whose tests hold the inputs")
    parser.add_argument("--all", action="store_true", help="list also what is explained")
    parser.add_argument("--only", default="*", help="the inputs of these names")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    explained = yaml.safe_load((HERE / "sam_explained.yaml").read_text("utf-8"))
    counts: Counter[str] = Counter()
    found = [one for file in _inputs(arguments) for one in compared(file.stem, file.read_text("utf-8"), counts)]
    open_ones = [one for one in found if not any(explains(entry, one) for entry in explained)]
    for one in found if arguments.all else open_ones:
        print(f"{one.file}: {one.side}: {one.text}")
    unused = [entry for entry in explained if not any(explains(entry, one) for one in found)]
    for entry in unused if arguments.only == "*" else ():
        print(f"explains nothing any more: {entry}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()), end="; ")
    print(f"{len(found) - len(open_ones)} differences explained, {len(open_ones)} not")
    return 1 if open_ones or not counts["templates"] else 0


def _inputs(arguments: argparse.Namespace) -> Iterator[Path]:
    for pattern in INPUTS:
        yield from (one for one in sorted(arguments.tree.glob(pattern)) if fnmatch.fnmatch(one.stem, arguments.only))


def explains(entry: Mapping[str, Any], one: Difference) -> bool:
    """An entry names files, a side, and words of the text; each may be left out."""
    return (
        any(fnmatch.fnmatch(one.file, pattern) for pattern in entry.get("files", ["*"]))
        and entry.get("side", one.side) == one.side
        and all(word in one.text for word in entry.get("words", ()))
    )


def compared(name: str, text: str, counts: Counter[str]) -> Iterator[Difference]:
    """The differences between a template and its expansion; nothing for one that the translator refuses."""
    expansion = expanded(text)
    if expansion is None:
        counts["refused"] += 1
        return
    own = rows(text)
    counts["templates"] += 1
    counts.update(f"{one.noun}s" for one in own.elements())
    theirs = rows(json.dumps(expansion, indent=1))
    yield from (Difference(name, "only the template", str(one)) for one in own - theirs)
    yield from (Difference(name, "only the expansion", str(one)) for one in theirs - own)
    plain = Counter(mappings(expansion))
    counts["mappings"] += plain.total()
    told = Counter(_as_mapping(one) for one in own.elements() if ("is_polled", "True") in one.fields)
    yield from (Difference(name, "only Twice", str(one)) for one in told - plain)
    yield from (Difference(name, "only the plain reader", str(one)) for one in plain - told)


# --- the translator --------------------------------------------------------------------------------------------------


# The properties that name local files, which packaging replaces with addresses before the translator sees them.
PACKAGED = ("CodeUri", "ContentUri", "DefinitionUri")


def expanded(text: str) -> dict[str, Any] | None:
    """What the translator makes of a template once it is packaged; None when it refuses it."""
    from samtranslator.model.exceptions import ExceptionWithMessage
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    loader = type("Policies", (), {"load": lambda self: {}})()
    try:
        found: dict[str, Any] = transform(_packaged(yaml_parse(text)), {}, loader)
    except ExceptionWithMessage:
        return None
    except Exception as error:
        # An application of a repository is looked up there.
        if type(error).__module__.startswith("botocore."):
            return None
        raise
    return found


def _packaged(found: Any) -> Any:
    if isinstance(found, list):
        return [_packaged(one) for one in found]
    if not isinstance(found, dict):
        return found
    local = {name for name in PACKAGED if isinstance(found.get(name), str)}
    return {name: "s3://bucket/key" if name in local else _packaged(one) for name, one in found.items()}


# --- what Twice says -------------------------------------------------------------------------------------------------


def rows(text: str) -> Counter[Row]:
    """The facts of a template, each as often as it is told; what pushes events to a function counts once."""
    read = finished(templates.reading({"template.yaml": text.encode()}, templates.TemplateMemory()))
    known = infrastructure(read, _resources())
    found = Counter(_rows(known, read.get("template.yaml", Template({}))))
    return Counter({row: count if ("is_polled", "True") in row.fields else 1 for row, count in found.items()})


@cache
def _resources() -> Mapping[str, Any]:
    return open_book([RULES]).libraries.resources


def _rows(known: Infrastructure, template: Template) -> Iterator[Row]:
    names = {(one.title, one.start): one.name for one in template.resources.values() if "::Function." not in one.type}
    for fact in known.facts:
        if not isinstance(fact, Function | Queue | Subscription):
            continue
        own = () if isinstance(fact, Subscription) else (("name", _word(fact, names)),)
        fields = tuple((name, _word(getattr(fact, name), names)) for name in FIELDS[type(fact)])
        yield Row(type(fact).__name__.lower(), own + fields)


def _word(found: object, names: Mapping[tuple[str, int], str]) -> str:
    value = effective(found) if isinstance(found, Setting) else found
    if isinstance(value, Fact):
        return names.get((value.name, value.place.start), value.name)
    if isinstance(value, Missing):
        return value.value
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


# --- what a plain reader says ----------------------------------------------------------------------------------------


class Mapped(NamedTuple):
    """An event source mapping. What the template does not say in words is ``unknown``."""

    function: str
    source: str
    batch: str
    window: str
    partial: str

    def __str__(self) -> str:
        return "mapping " + " ".join(f"{name}={value}" for name, value in self._asdict().items())


def mappings(template: Mapping[str, Any]) -> Iterator[Mapped]:
    """The mappings of an expanded template that are switched on, with the defaults of its parameters and of the service.

    docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html, BatchSize and MaximumBatchingWindowInSeconds
    """
    parameters = (template.get("Parameters") or {}).items()
    defaults = {name: one["Default"] for name, one in parameters if "Default" in one}
    plain = _filled(template["Resources"], defaults)
    resources = {name: one for name, one in plain.items() if isinstance(one, dict) and "Type" in one}
    for one in resources.values():
        properties = one.get("Properties") or {}
        if one["Type"] != "AWS::Lambda::EventSourceMapping" or properties.get("Enabled") in (False, "false"):
            continue
        source = json.dumps(properties.get("EventSourceArn", ""))
        streams = "kinesis" in source or "dynamodb" in source or _type_of(properties, resources) in STREAMS
        queues = ":sqs:" in source or _type_of(properties, resources) == "AWS::SQS::Queue"
        types = properties.get("FunctionResponseTypes") or []
        yield Mapped(
            _target(properties.get("FunctionName"), resources),
            _target(properties.get("EventSourceArn"), resources),
            _number(properties.get("BatchSize", 10 if queues else 100)),
            _number(properties.get("MaximumBatchingWindowInSeconds", 0 if queues or streams else 0.5)),
            str("ReportBatchItemFailures" in types) if isinstance(types, list) else "unknown",
        )


def _filled(found: Any, defaults: Mapping[str, Any]) -> Any:
    """The template with the defaults of its parameters."""
    if isinstance(found, list):
        return [_filled(one, defaults) for one in found]
    if not isinstance(found, dict):
        return found
    if found.keys() == {"Ref"} and found["Ref"] in defaults:
        return defaults[found["Ref"]]
    return {name: _filled(one, defaults) for name, one in found.items()}


STREAMS = ("AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer", "AWS::DynamoDB::Table")


def _type_of(properties: Mapping[str, Any], resources: Mapping[str, Any]) -> str:
    target = _logical_id(properties.get("EventSourceArn"))
    return str(resources[target]["Type"]) if target in resources else ""


def _logical_id(found: object) -> str:
    """What is named, at the end of a joined address too."""
    if isinstance(found, dict) and "Fn::Join" in found:
        return _logical_id(found["Fn::Join"][1][-1])
    named = found.get("Ref") or found.get("Fn::GetAtt") if isinstance(found, dict) else None
    return str((named.split(".") if isinstance(named, str) else named or [""])[0])


def _target(found: object, resources: Mapping[str, Any]) -> str:
    """The logical id that is named, of a function through its alias; ``unknown`` where it is another stack's."""
    target = _logical_id(found)
    if target in resources and resources[target]["Type"] in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        target = _logical_id(resources[target]["Properties"]["FunctionName"])
    return target if target in resources else "unknown"


def _number(found: object) -> str:
    try:
        return f"{float(str(found)):g}"
    except ValueError:
        return "unknown"


def _as_mapping(row: Row) -> Mapped:
    fields = dict(row.fields)
    return Mapped(*(fields[name] for name in ("function", "queue", "batch_size", "window", "partial_failures")))


if __name__ == "__main__":
    raise SystemExit(main())
