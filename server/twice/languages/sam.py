"""SAM's shorthand, written out as its transform does it: events, and the queues and topics that it makes. Knows syntax, no service's meaning.

Each event of a function or of a state machine becomes a resource of its own, say of type ``AWS::Serverless::Function.SQS``, with
what it starts as its property ``Function``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from twice.languages.template import (
    Absent,
    Alternatives,
    Items,
    Literal,
    Record,
    Reference,
    Resource,
    Unknown,
    Value,
    written,
)

_FUNCTION = "AWS::Serverless::Function"
_WITH_EVENTS = (_FUNCTION, "AWS::Serverless::StateMachine")
_MADE = {"SQS": ("Queue", "AWS::SQS::Queue"), "SNS": ("Topic", "AWS::SNS::Topic")}
_NOTHING = Record({}, {}, 0, 0)


def written_out(resources: Mapping[str, Resource]) -> Iterator[Resource]:
    """What the shorthand of these resources makes, and those of them that name what was made."""
    for resource in resources.values():
        if resource.type == _FUNCTION:
            yield from _destinations(resource)
        if resource.type in _WITH_EVENTS:
            yield from _events(resource, resources)


def get(record: Value | None, name: str) -> Value | None:
    """A property that is written and not nothing."""
    found = record.fields.get(name) if isinstance(record, Record) else None
    return None if isinstance(found, Absent) else found


def put(record: Record, name: str, found: Value) -> Record:
    """The record with this property."""
    return replace(record, fields={**record.fields, name: found})


# --- where asynchronous runs end -------------------------------------------------------------------------------------


def _destinations(function: Resource) -> Iterator[Resource]:
    """A destination that names a service alone gets a queue or topic of its own."""
    config = get(function.properties, "EventInvokeConfig")
    ends = get(config, "DestinationConfig")
    if not isinstance(config, Record) or not isinstance(ends, Record):
        return
    before = ends
    for name, end in before.fields.items():
        kind, given = get(end, "Type"), end.fields.get("Destination") if isinstance(end, Record) else None
        suffix, made = _MADE.get(str(kind.value) if isinstance(kind, Literal) else "", ("", ""))
        if not isinstance(end, Record) or not made or not end.whole or not _may_be_absent(given):
            continue
        own = Reference(f"{function.name}EventInvokeConfig{name}{suffix}", "Arn", end.start, end.end)
        at = before.keys.get(name, (end.start, end.end))
        yield _made(own.target, made, at, f"{suffix.lower()} of {name} of {function.title}")
        ends = put(ends, name, put(end, "Destination", _filled(given, own)))
    if ends is not before:
        config = put(config, "DestinationConfig", ends)
        yield replace(function, properties=put(function.properties, "EventInvokeConfig", config))


def _may_be_absent(given: Value | None) -> bool:
    if isinstance(given, Alternatives):
        return any(isinstance(one, Absent) for one in given.options)
    return given is None or isinstance(given, Absent)


def _filled(given: Value | None, own: Reference) -> Value:
    if isinstance(given, Alternatives):
        return replace(given, options=tuple(own if isinstance(one, Absent) else one for one in given.options))
    return own


def _made(name: str, kind: str, at: tuple[int, int], title: str, properties: Record = _NOTHING) -> Resource:
    return Resource(name, kind, *at, replace(properties, start=at[0], end=at[1]), title, True)


# --- events ----------------------------------------------------------------------------------------------------------


def _events(started: Resource, resources: Mapping[str, Resource]) -> Iterator[Resource]:
    events = get(started.properties, "Events")
    if not isinstance(events, Record):
        return
    target = Reference(started.name, None, started.start, started.end)
    for title, event in events.fields.items():
        kind = get(event, "Type")
        if not isinstance(event, Record) or not isinstance(kind, Literal):
            continue
        start, end = events.keys.get(title, (started.start, started.end))
        properties = put(_event_properties(event), "Function", target)
        made = Resource(started.name + title, f"{started.type}.{kind.value}", start, end, properties, title)
        if get(properties, "SqsSubscription") is not None:
            yield from _through_queue(made, target, resources)
        else:
            yield from _with_dead_letters(made)


def _event_properties(event: Record) -> Record:
    given = event.fields.get("Properties")
    if isinstance(given, Record):
        return replace(given, whole=given.whole and event.whole)
    return Record({}, {}, event.start, event.end, whole=event.whole and (given is None or isinstance(given, Absent)))


def _with_dead_letters(event: Resource) -> Iterator[Resource]:
    """``DeadLetterConfig: {Type: SQS}``: a queue for the dead letters of one event, and the permission to send there."""
    config = get(event.properties, "DeadLetterConfig")
    kind = get(config, "Type")
    if not isinstance(config, Record) or not config.whole or kind is None or get(config, "Arn") is not None:
        yield event
        return
    given = get(config, "QueueLogicalId")
    name = str(given.value) if isinstance(given, Literal) else f"{event.name}Queue"
    at = event.start, event.end
    queue = Reference(name, "Arn", config.start, config.end)
    yield _made(name, "AWS::SQS::Queue", at, f"dead letter queue of {event.title}")
    yield _policy(event, queue)
    yield replace(event, properties=put(event.properties, "DeadLetterConfig", put(config, "Arn", queue)))


def _policy(event: Resource, queue: Value) -> Resource:
    queues = Record({"Queues": Items((queue,), queue.start, queue.end)}, {}, queue.start, queue.end)
    return _made(f"{event.name}QueuePolicy", "AWS::SQS::QueuePolicy", (event.start, event.end), event.title, queues)


def _through_queue(event: Resource, function: Reference, resources: Mapping[str, Resource]) -> Iterator[Resource]:
    """``SqsSubscription``: a queue between topic and function; one of its own keeps the order that the topic keeps."""
    wanted = event.properties.fields["SqsSubscription"]
    if isinstance(wanted, Literal) and written(wanted) in ("False", "false"):
        yield event
        return
    queue, at = get(wanted, "QueueArn"), (wanted.start, wanted.end)
    topic = get(event.properties, "Topic")
    if queue is None:
        queue = Reference(f"{event.name}Queue", "Arn", *at)
        own = replace(_of_topic(topic, resources), start=at[0], end=at[1])
        own = replace(own, whole=not isinstance(wanted, Unknown) and event.properties.whole)
        title = f"queue of {event.title}"
        yield Resource(queue.target, "AWS::SQS::Queue", event.start, event.end, own, title, True)
    link = {"Endpoint": queue, "Protocol": Literal("sqs", *at)}
    passed = {"TopicArn": topic} | {name: get(event.properties, name) for name in ("FilterPolicy", "RedrivePolicy")}
    link |= {name: found for name, found in passed.items() if found is not None}
    mapping = {"FunctionName": function, "EventSourceArn": queue}
    mapping["BatchSize"] = get(wanted, "BatchSize") or Literal(10, *at)
    if (enabled := get(wanted, "Enabled")) is not None:
        mapping["Enabled"] = enabled
    for name, kind, fields in (
        (f"{event.name}Subscription", "AWS::SNS::Subscription", link),
        (event.name, "AWS::Lambda::EventSourceMapping", mapping),
    ):
        yield Resource(name, kind, event.start, event.end, Record(fields, {}, *at), event.title, True)
    yield _policy(event, queue)


def _of_topic(topic: Value | None, resources: Mapping[str, Resource]) -> Record:
    """The properties of the queue that is made for a topic."""
    known = resources.get(topic.target) if isinstance(topic, Reference) else None
    fifo = get(known.properties, "FifoTopic") if known is not None else None
    return Record({"FifoQueue": fifo}, {}, 0, 0) if fifo is not None else _NOTHING
