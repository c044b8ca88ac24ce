"""By which names and bytes a file of each language is known. Cheap, and wrong in one direction only: who reads it decides.

Apart from those who read, because every check asks, and few have a file of each language.
"""

from __future__ import annotations

import re
from posixpath import basename

_RESOURCES = re.compile(rb"""(?:^|[\n\r{,])[ \t]*["']?Resources["']?[ \t]*:""")
_TYPED = re.compile(rb"""["']?Type["']?[ \t]*:[ \t\r\n]*["']?AWS::""")
_STARTS_AT = re.compile(rb"""^[ \t{]*["']?StartAt["']?[ \t]*:""", re.MULTILINE)
_CONTRACT = re.compile(rb"""^[ \t{]*["']?asyncapi["']?[ \t]*:""", re.MULTILINE)

# A service by its name and by what every one says; a part of it, which it names, by the words of a function or a variable.
_SERVICE_NAME = re.compile(r"(?:.*/)?serverless(?:[.-][\w-]+)?\.ya?ml$")
_SERVICE = re.compile(rb"^provider[ \t]*:", re.MULTILINE)
_PART = re.compile(rb"^[ \t-]*(?:handler|Type)[ \t]*:|\$\{(?:self|opt|env|sls|file|param)\b", re.MULTILINE)

# Settings of a framework, in JSON beside the code.
_DOCUMENT = re.compile(r"(?:.*/)?(?:host\.json|function\.json|\.chalice/config\.json)$")

PODS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "CronJob", "Job", "ScaledJob")
SCALERS = ("ScaledObject", "HorizontalPodAutoscaler")
OPERATED = ("KafkaConnector", "KafkaConnect", "KafkaMirrorMaker2", "KafkaTopic", "Kafka")
# An alert of a monitoring system that speaks of connectors or their tasks.
ALERT = re.compile(rb"(?im)^[ \t-]*alert[ \t]*:.*(?:connect|task).*(?:fail|status|down|state)")


def _of_kind(kinds: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile(rb"^kind[ \t]*:[ \t]*[\"']?(?:" + "|".join(kinds).encode() + rb")\b", re.MULTILINE)


_COMPOSED = re.compile(rb"^services[ \t]*:", re.MULTILINE)
_COMMANDS = re.compile(rb"\b(?:command|entrypoint|args|environment|env)\b")
_PODS, _SCALERS, _OPERATED = _of_kind(PODS), _of_kind(SCALERS), _of_kind(OPERATED)
_CONNECTOR = re.compile(rb"""connector\.class["']?[ \t]*[:=]""")
_CLUSTERS = re.compile(rb"^[ \t]*clusters[ \t]*[=:]", re.MULTILINE)
_BROKER = re.compile(rb"^[ \t]*(?:broker\.id|process\.roles|offset\.storage\.topic)[ \t]*[=:]", re.MULTILINE)

IMAGE = re.compile(r"(?i)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|[\w.-]+\.(?:Dockerfile|Containerfile)")
_PROCESSES = re.compile(r"Procfile(?:\.[\w-]+)?")


def is_policy(data: bytes) -> bool:
    """Can these bytes say what a broker does with the messages that are refused?"""
    return b"dead-letter-exchange" in data


def is_cloudformation(data: bytes) -> bool:
    """Can these bytes be a template of CloudFormation?"""
    return b"AWS::" in data and _RESOURCES.search(data) is not None and _TYPED.search(data) is not None


def is_machine(data: bytes) -> bool:
    """Can these bytes be the definition of a state machine?"""
    return b"States" in data and _STARTS_AT.search(data) is not None


def is_workload(data: bytes) -> bool:
    """Can these bytes say what runs in a container?"""
    if _SCALERS.search(data) is not None:
        return True
    return _COMMANDS.search(data) is not None and (_COMPOSED.search(data) or _PODS.search(data)) is not None


def is_connected(path: str, data: bytes) -> bool:
    """Can these bytes be about connectors, mirrors, brokers or what runs connectors?"""
    if path.endswith(".properties"):
        mirrors = b"->" in data and _CLUSTERS.search(data) is not None
        return mirrors or (_CONNECTOR.search(data) or _BROKER.search(data)) is not None
    if path.endswith(".json"):
        return _CONNECTOR.search(data) is not None
    return _OPERATED.search(data) is not None or (b"alert" in data and ALERT.search(data) is not None)


def is_contract(data: bytes) -> bool:
    """Can these bytes be an AsyncAPI document?"""
    return b"asyncapi" in data and _CONTRACT.search(data) is not None


def is_service(path: str, data: bytes) -> bool:
    """Is this a service of the Serverless Framework?"""
    return _SERVICE_NAME.match(path) is not None and _SERVICE.search(data) is not None


def is_part(path: str, data: bytes) -> bool:
    """Can a service include this file?"""
    return path.endswith((".yml", ".yaml")) and _PART.search(data) is not None


def is_document(path: str) -> bool:
    """Does this file hold settings of a framework, beside the code?"""
    return path.endswith(".json") and _DOCUMENT.match(path) is not None


def is_process_file(path: str) -> bool:
    """Does this file say which process runs, and is it known by its whole name, for want of an ending?"""
    name = basename(path)
    return IMAGE.fullmatch(name) is not None or _PROCESSES.fullmatch(name) is not None
