"""AsyncAPI documents: the channels of a system and what their messages hold, from text to resources. Knows where things are
written, no field's meaning.

A channel has the ``address`` that others know it by, the ``protocol`` of its servers, and ``messages``, each with the names of its
``fields`` and the ``key`` and ``correlation`` that the document gives it; ``shared`` are the fields that all of its messages have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from twice.languages import yaml_tree as y
from twice.languages.marks import is_contract
from twice.languages.template import Items, Literal, Record, Resource, Template, Value

# A reference leads to a reference at most so often before it is a circle.
_HOPS = 10
# What a binding calls the place it is about, where that is not the channel's own name.
_BOUND = (("kafka", "topic"), ("amqp", "queue", "name"), ("amqp", "exchange", "name"), ("sqs", "queue", "name"))
_BINDINGS = (*_BOUND, ("sns", "name"), ("googlepubsub", "topic"))
# Where the binding of a message has the key by which the broker orders.
_KEYS = (("kafka", "key"), ("googlepubsub", "orderingKey"))


def contract(data: bytes) -> Template | None:
    """The channels of a document, or None when it is none."""
    if not is_contract(data):
        return None
    document = y.first(data)
    if not isinstance(document, y.Mapping) or document.get("asyncapi") is None:
        return None
    found = {one.name: one for one in _Reader(document).channels()}
    return Template(found, whole=document.whole) if found else None


class _Fields(Struct, frozen=True):
    """The fields of a schema by name; not ``whole`` where it may have more."""

    names: Mapping[str, Literal]
    whole: bool

    def with_all(self, others: Sequence[_Fields]) -> _Fields:
        names = {name: one for part in (*others, self) for name, one in part.names.items()}
        return _Fields(names, self.whole and all(part.whole for part in others))

    def with_one_of(self, others: Sequence[_Fields]) -> _Fields:
        """With what each of the others has."""
        if not others:
            return self
        shared = set.intersection(*({*part.names} for part in others))
        return self.with_all([_Fields({name: others[0].names[name] for name in shared}, part.whole) for part in others])


class _Reader:
    def __init__(self, document: y.Mapping) -> None:
        self.document = document

    def channels(self) -> Iterator[Resource]:
        channels = self.at(self.document, "channels")
        for entry in channels.entries if isinstance(channels, y.Mapping) else ():
            channel, key = self.followed(entry.value), entry.key
            if isinstance(channel, y.Mapping):
                fields = dict(self._channel(key, channel))
                properties = Record(fields, {}, channel.start, channel.end, channel.whole)
                yield Resource(key.value, "asyncapi.channel", key.start, key.end, properties, key.value)

    def _channel(self, key: y.Scalar, channel: y.Mapping) -> Iterator[tuple[str, Value]]:
        own = self.at(channel, "address")
        named = [own if isinstance(own, y.Scalar) and own.value != "null" else key]
        named += [found for path in _BINDINGS if isinstance(found := self.at(channel, "bindings", *path), y.Scalar)]
        yield "address", Items(tuple(Literal(one.value, one.start, one.end) for one in named), key.start, key.end)
        protocols = list(self._protocols(channel))
        if protocols:
            yield "protocol", protocols[0]
        messages = [self._message(one) for one in self._messages(channel)]
        yield "messages", Items(tuple(messages), key.start, key.end)
        shared = _shared(messages, key)
        if shared is not None:
            yield "shared", shared

    # --- what a channel carries ---------------------------------------------------------------------------------------

    def _messages(self, channel: y.Mapping) -> Iterator[y.Mapping]:
        """Those under ``messages``; in documents before version 3 those of its two operations."""
        listed = self.at(channel, "messages")
        nodes = [entry.value for entry in listed.entries] if isinstance(listed, y.Mapping) else []
        for operation in ("publish", "subscribe"):
            message = self.at(channel, operation, "message")
            several = self.at(message, "oneOf")
            nodes += several.items if isinstance(several, y.Sequence) else [message] if message is not None else []
        for node in nodes:
            found = self.followed(node)
            if isinstance(found, y.Mapping):
                yield found

    def _message(self, message: y.Mapping) -> Record:
        fields: dict[str, Value] = {}
        payload, headers = self._payload(message), self.at(message, "headers")
        told = [self._fields(one, 0) for one in (payload, headers) if one is not None]
        if told:
            names = tuple(name for one in told for name in one.names.values())
            whole = message.whole and all(one.whole for one in told)
            fields["fields"] = Items(names, message.start, message.end, whole)
        elif self.at(message, "$ref") is not None:
            fields["fields"] = Items((), message.start, message.end, whole=False)
        keys = (found for path in _KEYS if (found := self.at(message, "bindings", *path)) is not None)
        key = next(keys, None)
        if key is not None:
            fields["key"] = Literal("key", key.start, key.end)
        location = self.at(message, "correlationId", "location")
        if isinstance(location, y.Scalar):
            fields["correlation"] = Literal(location.value, location.start, location.end)
        return Record(fields, {}, message.start, message.end, message.whole)

    def _payload(self, message: y.Mapping) -> y.Node | None:
        payload = self.at(message, "payload")
        inner = self.at(payload, "schema")
        return inner if isinstance(inner, y.Mapping) and self.at(payload, "properties") is None else payload

    def _fields(self, schema: y.Node, depth: int) -> _Fields:
        """The fields that whatever fits a schema has, as far as the document tells."""
        found = self.followed(schema)
        if not isinstance(found, y.Mapping) or depth > _HOPS or found.get("$ref") is not None:
            return _Fields({}, False)
        own = _Fields({one.value: Literal(one.value, one.start, one.end) for one in self._named(found)}, found.whole)
        for word in ("allOf", "oneOf", "anyOf"):
            parts = self.at(found, word)
            told = [self._fields(part, depth + 1) for part in (parts.items if isinstance(parts, y.Sequence) else ())]
            own = own.with_all(told) if word == "allOf" else own.with_one_of(told)
        return own

    def _named(self, schema: y.Mapping) -> Iterator[y.Scalar]:
        properties = self.at(schema, "properties")
        yield from (entry.key for entry in (properties.entries if isinstance(properties, y.Mapping) else ()))
        fields = self.at(schema, "fields")  # of an Avro record
        for item in fields.items if isinstance(fields, y.Sequence) else ():
            name = self.at(item, "name")
            if isinstance(name, y.Scalar):
                yield name

    def _protocols(self, channel: y.Mapping) -> Iterator[Literal]:
        """The protocols of its servers, where it names some, else of all; and of its bindings."""
        servers = self.at(self.document, "servers")
        all_named = {one.key.value: one.value for one in servers.entries} if isinstance(servers, y.Mapping) else {}
        own = self.at(channel, "servers")
        named = [
            self.followed(all_named.get(one.value, one) if isinstance(one, y.Scalar) else one)
            for one in (own.items if isinstance(own, y.Sequence) else ())
        ]
        for server in named or all_named.values():
            protocol = self.at(server, "protocol")
            if isinstance(protocol, y.Scalar):
                yield Literal(protocol.value, protocol.start, protocol.end)
        bindings = self.at(channel, "bindings")
        for entry in bindings.entries if isinstance(bindings, y.Mapping) else ():
            yield Literal(entry.key.value, entry.key.start, entry.key.end)

    # --- walking ------------------------------------------------------------------------------------------------------

    def at(self, node: y.Node | None, *names: str) -> y.Node | None:
        """What stands at a path, references followed on the way and at its end."""
        node = self.followed(node)
        for name in names:
            node = self.followed(node.get(name)) if isinstance(node, y.Mapping) else None
        return node

    def followed(self, node: y.Node | None) -> y.Node | None:
        """What a node refers to inside the document, else itself."""
        for _ in range(_HOPS):
            target = node.get("$ref") if isinstance(node, y.Mapping) else None
            if not isinstance(target, y.Scalar) or not target.value.startswith("#/"):
                return node
            node = self.document
            for part in target.value[2:].split("/"):
                name = part.replace("~1", "/").replace("~0", "~")
                node = node.get(name) if isinstance(node, y.Mapping) else None
        return None


def _shared(messages: list[Record], key: y.Scalar) -> Items | None:
    """The fields that every message has; None when one of them says nothing of its own."""
    told = [one.fields.get("fields") for one in messages]
    listed = [one for one in told if isinstance(one, Items)]
    if not told or len(listed) < len(told):
        return None
    names = [{item.value for item in one.items if isinstance(item, Literal)} for one in listed]
    common = set.intersection(*names)
    items = tuple(one for one in listed[0].items if isinstance(one, Literal) and one.value in common)
    return Items(items, key.start, key.end, all(one.whole for one in listed))
