"""Which cluster of a broker a client talks to, as far as the addresses it was given tell it."""

from __future__ import annotations

import re

from twice.project.addresses import Address, addresses
from twice.project.scene import Scene
from twice.project.things import Instance
from twice.truth import UNKNOWN, Missing, Setting

_NUMBER = re.compile(r"\d+")


def of_other_cluster(scene: Scene, client: Instance | None) -> object:
    """Was this client given other addresses than the one whose events the handler reads?

    UNKNOWN where addresses are not in sight, or may be two nodes of one cluster: they differ in a number only.
    """
    declared = scene.declared
    if declared is None or declared.declaration is None:
        return UNKNOWN
    own, other = _nodes(scene, declared.receiver or declared.declaration.receiver), _nodes(scene, client)
    if not own or not other:
        return UNKNOWN
    if own & other:
        return Setting(False)
    alike = {_NUMBER.sub("", name) for _, name in own} & {_NUMBER.sub("", name) for _, name in other}
    same_kind = {how for how, _ in own} == {how for how, _ in other}
    return UNKNOWN if alike or not same_kind else Setting(True)


def _nodes(scene: Scene, client: Instance | None) -> set[tuple[str, str]]:
    """How each node is named, and its name; nothing where that cannot be told."""
    made = scene.evaluator.making(client, "cluster")
    found = addresses(scene.evaluator, *made) if made is not None else UNKNOWN
    return set() if isinstance(found, Missing) else {node for one in found for node in _split(one)}


def _split(address: Address) -> set[tuple[str, str]]:
    """A text may name several nodes, each with its port."""
    if address.how != "text":
        return {(address.how, address.name)}
    return {("text", part.strip().rpartition("://")[2].partition(":")[0]) for part in address.name.split(",")}
