"""Changes written into Python: what a statement hands back, and errors that are raised again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twice.action import Edits
from twice.finding import Edit
from twice.fixes import apply
from twice.languages import python
from twice.languages import python_arguments as arguments
from twice.languages import python_clauses as clauses
from twice.languages import python_rewrites as rewrites
from twice.languages import python_rounds as rounds
from twice.languages import python_statements as statements
from twice.languages import python_wraps as wraps
from twice.languages.python_source import Source
from twice.languages.template_edit import Change
from twice.text import Place


def _source(text: str) -> Source:
    return Source("a.py", python.read(text.encode()))


def _at(source: str, word: str) -> Place:
    start = source.index(word)
    return Place("a.py", start, start + len(word))


def _after(source: str, edits: tuple[Edit, ...] | None) -> str | None:
    return apply(source.encode(), edits).decode() if edits is not None else None


def test_the_last_statement_hands_back_what_it_computes() -> None:
    source = "def handler(event):\n    log(event)\n    run(\n        event,\n    )\n"
    edits = statements.hand_back(_source(source), _at(source, "run("))
    assert _after(source, edits) == source.replace("    run(", "    return run(")


@pytest.mark.parametrize("word", ["log(event)", "x = 1"])
def test_only_a_last_value_can_be_handed_back(word: str) -> None:
    source = "def handler(event):\n    log(event)\n    x = 1\n"
    assert statements.hand_back(_source(source), _at(source, word)) is None


def test_a_caught_error_is_raised_again() -> None:
    source = "def handler(event):\n    try:\n        work(event)\n    except Exception:\n        return {\n            'status': 500,\n        }\n"
    edits = clauses.raise_instead(_source(source), _at(source, "500"))
    assert _after(source, edits) == source[: source.index("return")] + "raise\n"


def test_where_nothing_is_caught_nothing_is_raised() -> None:
    source = "def handler(event):\n    try:\n        return 500\n    except Exception:\n        raise\n"
    assert clauses.raise_instead(_source(source), _at(source, "500")) is None


def test_a_dropped_answer_gets_a_name_and_is_looked_at() -> None:
    source = "async def handler(event):\n    await client.post(event)\n"
    edits = statements.look(_source(source), _at(source, "post"), "{answer}.raise_for_status()")
    assert _after(source, edits) == (
        "async def handler(event):\n    answer = await client.post(event)\n    answer.raise_for_status()\n"
    )


def test_an_answer_that_has_a_name_keeps_it() -> None:
    source = "def handler(event):\n    told = send(event)\n    print(told)\n"
    edits = statements.look(_source(source), _at(source, "send"), "if {answer}:\n    raise ValueError")
    assert _after(source, edits) == (
        "def handler(event):\n    told = send(event)\n    if told:\n        raise ValueError\n    print(told)\n"
    )


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return send(1)\n",
        "def f(self):\n    self.told = send(1)\n",
        "def f(send):\n    told = send(1)\n",
    ],
)
def test_an_answer_that_goes_elsewhere_is_left_alone(source: str) -> None:
    assert statements.look(_source(source), _at(source, "send"), "{answer}.check()") is None


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ('Producer({"a": 1})', 'Producer({"a": 1, "b.c": True})'),
        ('Producer({"a": 1,})', 'Producer({"a": 1, "b.c": True,})'),
        ("Producer({})", 'Producer({"b.c": True})'),
        ('Producer({"b.c": False})', 'Producer({"b.c": True})'),
        ('Producer({\n    "a": 1,\n})', 'Producer({\n    "a": 1,\n    "b.c": True,\n})'),
    ],
)
def test_an_entry_of_a_mapping_is_set(given: str, wanted: str) -> None:
    edits = arguments.insert(_source(given), _at(given, "Producer"), "@0:b.c", "True")
    assert _after(given, edits) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("declare('q')", "declare('q', arguments={\"x-a\": 1})"),
        ("declare('q', arguments={'x-b': 2})", "declare('q', arguments={'x-b': 2, 'x-a': 1})"),
        ("declare('q', {'x-b': 2})", None),
        ("declare('q', **more)", None),
    ],
)
def test_an_argument_that_is_a_mapping_is_made_for_its_first_entry(given: str, wanted: str | None) -> None:
    edits = arguments.insert(_source(given), _at(given, "declare"), "arguments:x-a", "1")
    assert _after(given, edits) == wanted


@pytest.mark.parametrize("given", ["Producer(settings)", "Producer()", "Producer({**settings})"])
def test_a_mapping_that_is_not_in_sight_is_left_alone(given: str) -> None:
    assert arguments.insert(_source(given), _at(given, "Producer"), "@0:b.c", "True") is None


def test_a_statement_is_moved_behind_a_loop_it_stands_in() -> None:
    source = "def f():\n    while True:\n        for a in ask():\n            for b in a:\n                log.commit()  # now\n                go(b)\n"
    edits = statements.move_after(_source(source), _at(source, "log.commit"), _at(source, "for a in ask()"))
    assert _after(source, edits) == (
        "def f():\n    while True:\n        for a in ask():\n            for b in a:\n                go(b)\n        log.commit()\n"
    )


def test_the_last_statement_of_a_loop_moves_by_its_indentation() -> None:
    source = "def f():\n    for a in ask():\n        for b in a:\n            go(b)\n            log.commit(\n                1,\n            )  # now\n"
    edits = statements.move_after(_source(source), _at(source, "log.commit"), _at(source, "for a in ask()"))
    assert _after(source, edits) == source.replace("            log", "    log")


@pytest.mark.parametrize(
    "body",
    [
        "        log.commit()\n",
        "        go(a)\n        log.commit(a)\n",
        "        go(a)\n        done = log.commit()\n",
        "        go(a)\n        if a:\n            log.commit()\n",
        "        if a:\n            break\n        log.commit()\n",
        "        if a:\n            return\n        log.commit()\n",
        "        go(a)\n        log.commit()\n    else:\n        go(1)\n",
        "        go(a); log.commit()\n",
    ],
)
def test_a_statement_that_belongs_to_its_round_stays_in_the_loop(body: str) -> None:
    source = f"def f():\n    for a in ask():\n{body}"
    assert statements.move_after(_source(source), _at(source, "log.commit"), _at(source, "for a in ask()")) is None


def test_a_new_statement_stands_behind_the_outermost_loop() -> None:
    source = "def handler(event):\n    for a in event:\n        for b in a:\n            bus.send(b)\n    return 1\n"
    edits = statements.insert_behind_loops(_source(source), _at(source, "bus.send"), "{owner}.flush()")
    assert _after(source, edits) == source.replace("    return 1", "    bus.flush()\n    return 1")


def test_behind_a_loop_that_a_return_leaves_it_might_not_be_reached() -> None:
    source = "def handler(event):\n    for a in event:\n        bus.send(a)\n        if a:\n            return\n"
    edits = statements.insert_behind_loops(_source(source), _at(source, "bus.send"), "{owner}.flush()")
    assert _after(source, edits) == source.replace("bus.send(a)\n", "bus.send(a)\n        bus.flush()\n")


def test_nothing_stands_behind_a_return() -> None:
    source = "def handler(event):\n    return bus.send(event)\n"
    assert statements.insert_behind_loops(_source(source), _at(source, "bus.send"), "{owner}.flush()") is None


@pytest.mark.parametrize(
    ("clause", "wanted"),
    [
        ("except Exception as broken:", "except Exception as broken:\n        log(repr(broken))"),
        ("except (KeyError, ValueError):", "except (KeyError, ValueError) as error:\n        log(repr(error))"),
    ],
)
def test_a_caught_error_has_a_name(clause: str, wanted: str) -> None:
    source = f"def handler(event):\n    try:\n        work(event)\n    {clause}\n        keep(event)\n"
    edits = statements.insert_after(_source(source), _at(source, "keep(event)"), "log(repr({error}))")
    name = wanted.rpartition("\n")[0]
    assert _after(source, edits) == source.replace(clause, name).replace(
        "keep(event)", "keep(event)\n" + wanted[len(name) + 1 :]
    )


@pytest.mark.parametrize("source", ["keep(1)\n", "try:\n    work()\nexcept:\n    keep(1)\n"])
def test_where_no_error_has_a_type_it_gets_no_name(source: str) -> None:
    assert statements.insert_after(_source(source), _at(source, "keep(1)"), "log({error})") is None


def test_an_error_is_told_by_the_logger_of_the_file() -> None:
    source = "import a\n\nspeaker = a.get_logger()\n\ntry:\n    work()\nexcept OSError:\n    keep()\n"
    edits = clauses.begin(_source(source), _at(source, "OSError"), "{log}.exception('lost')")
    assert _after(source, edits) == source.replace("    keep()", "    speaker.exception('lost')\n    keep()")


def test_a_callback_takes_its_values_when_it_is_made() -> None:
    source = "from functools import partial as bound\n\nlater(lambda: send(a, b=c))\n"
    edits = rewrites.bind(_source(source), _at(source, "send"))
    assert _after(source, edits) == source.replace("lambda: send(a, b=c)", "bound(send, a, b=c)")


@pytest.mark.parametrize("given", ["later(lambda x: send(x))", "later(lambda: send())", "later(lambda: [send(a)])"])
def test_another_callback_is_left_alone(given: str) -> None:
    assert rewrites.bind(_source(given), _at(given, "send")) is None


def test_a_call_that_blocks_is_made_by_a_thread() -> None:
    source = "import asyncio as aio\n\n\nasync def handler(event):\n    x = client.put(event, a=1).text\n"
    edits = rewrites.in_thread(_source(source), _at(source, "client.put"))
    assert _after(source, edits) == source.replace(
        "client.put(event, a=1)", "(await aio.to_thread(client.put, event, a=1))"
    )


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event):\n    client.put(event)\n",
        "async def handler(event):\n    def inner():\n        client.put(event)\n    inner()\n",
        "async def handler(event):\n    later(lambda: client.put(event))\n",
        "async def handler(event):\n    return [client.put(one) for one in event]\n",
    ],
)
def test_outside_the_body_of_a_coroutine_nothing_can_be_awaited(source: str) -> None:
    assert rewrites.in_thread(_source(source), _at(source, "client.put")) is None


def test_an_argument_that_something_makes_is_changed_there() -> None:
    source = 'settings = Config(a=1)\nother = settings\nclient("x", config=settings)\n'
    edits = arguments.insert(_source(source), _at(source, "client"), "config:b", "2")
    assert _after(source, edits) == source.replace("a=1", "a=1, b=2")


def test_a_mapping_that_others_have_too_is_left_alone() -> None:
    source = "settings = {}\nProducer(settings)\nConsumer(settings)\n"
    assert arguments.insert(_source(source), _at(source, "Producer"), "@0:b", "2") is None


def test_nothing_is_written_in_front_of_an_elif() -> None:
    source = "def handler(event):\n    if event:\n        pass\n    elif client.get(event):\n        go()\n"
    assert statements.insert_before(_source(source), _at(source, "client.get"), "stop()") is None


def test_a_value_is_computed_once_in_front_of_a_loop() -> None:
    source = "def send(text):\n    for attempt in range(5):\n        bus.send(text, id=str(uuid4()))\n"
    edits = statements.hoist(_source(source), _at(source, "str(uuid4())"), _at(source, "for attempt in range(5)"))
    wanted = source.replace("str(uuid4())", "message_id").replace(
        "    for", "    message_id = str(uuid4())\n    for", 1
    )
    assert _after(source, edits) == wanted


@pytest.mark.parametrize("value", ["make(attempt)", "make(text)", "make(part)"])
def test_a_value_of_the_loop_itself_stays_there(value: str) -> None:
    source = f"for attempt in range(5):\n    text = read()\n    for part in text:\n        send({value})\n"
    assert statements.hoist(_source(source), _at(source, value), _at(source, "for attempt in range(5)")) is None


def test_a_parameter_is_renamed_wherever_it_is_read() -> None:
    source = "def book(message):\n    send(message.body, message)\n"
    edits = rewrites.rename(_source(source), _at(source, "message"), "record")
    assert _after(source, edits) == source.replace("message", "record")


@pytest.mark.parametrize(
    "body", ["send(message=message)", "later(lambda: message)", "return f'message {message}'", "record = message"]
)
def test_a_parameter_that_may_be_meant_elsewhere_keeps_its_name(body: str) -> None:
    source = f"def book(message):\n    {body}\n"
    assert rewrites.rename(_source(source), _at(source, "message"), "record") is None


def test_a_statement_stands_behind_a_docstring() -> None:
    source = 'def handler(event, context):\n    """Books."""\n    work(event)\n'
    edits = clauses.begin(_source(source), _at(source, "handler"), "start(context)")
    assert _after(source, edits) == source.replace("    work", "    start(context)\n    work")


def test_what_a_function_makes_is_left_alone() -> None:
    source = "settings = configured(a=1)\nclient(config=settings)\n"
    assert arguments.insert(_source(source), _at(source, "client"), "config:b", "2") is None


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("x = {'a.b': 1}", "x = {'a.b': 1, 'c.d': 'e'}"),
        ('x = {\n    "a.b": 1,\n}', 'x = {\n    "a.b": 1,\n    "c.d": "e",\n}'),
        ('x = {"a.b": 1, "c.d": "f"}', 'x = {"a.b": 1, "c.d": "e"}'),
        ('put({"name": "a.b", "config": {"k": 1}})', 'put({"name": "a.b", "config": {"k": 1, "c.d": "e"}})'),
        ('x = {"a.b": 1, "c.d": asked()}', None),
        ('x = {"a.b": 1, **more}', None),
        ('x = {"a.b": 1}\nx["c.d"] = "f"', None),
        ("x = {KEY: 'a.b'}", None),
        ("x = 'a.b'", None),
    ],
)
def test_a_mapping_that_is_a_resource_gets_a_setting(given: str, wanted: str | None) -> None:
    change = Change(_at(given, "a.b"), ("config", "c.d"), "e")
    assert _after(given, arguments.set_property(_source(given), change)) == wanted


# --- imports ---------------------------------------------------------------------------------------------------------

PARTIAL, CONFIG, OS = "from functools import partial", "from botocore.config import Config", "import os"
KAFKA = "from kafka import OffsetAndMetadata, TopicPartition"
KAFKA_NAMES = "OffsetAndMetadata,\n    TopicPartition"


@pytest.mark.parametrize(
    ("source", "wanted", "expected"),
    [
        ("x = 1\n", OS, "import os\n\nx = 1\n"),
        ('"""Doc."""\n\nx = 1\n', OS, '"""Doc."""\n\nimport os\n\nx = 1\n'),
        ("#!/usr/bin/env python\n# Ours.\n\nx = 1\n", OS, "#!/usr/bin/env python\n# Ours.\n\nimport os\n\nx = 1\n"),
        ("import json\nimport re\n", OS, "import json\nimport os\nimport re\n"),
        ("import re\n", OS, "import os\nimport re\n"),
        ("import json\nfrom time import time\n", OS, "import json\nimport os\nfrom time import time\n"),
        ("import json\nfrom time import time\n", PARTIAL, f"import json\n{PARTIAL}\nfrom time import time\n"),
        ("from email import message\nimport json\n", PARTIAL, f"from email import message\n{PARTIAL}\nimport json\n"),
        ("import boto3\n\nx = 1\n", OS, "import os\n\nimport boto3\n\nx = 1\n"),
        (
            "import json\n\nimport boto3\nfrom shop import a\n",
            CONFIG,
            f"import json\n\nimport boto3\n{CONFIG}\nfrom shop import a\n",
        ),
        ("import json\n", CONFIG, f"import json\n\n{CONFIG}\n"),
        (
            "import json\n\nimport boto3\n\nfrom botocore import a\n",
            CONFIG,
            f"import json\n\nimport boto3\n\nfrom botocore import a\n{CONFIG}\n",
        ),
        ("from .a import b\n", PARTIAL, f"{PARTIAL}\n\nfrom .a import b\n"),
        (
            "from __future__ import annotations\n\nx = 1\n",
            OS,
            "from __future__ import annotations\n\nimport os\n\nx = 1\n",
        ),
        ("from functools import cache, wraps\n", PARTIAL, "from functools import cache, partial, wraps\n"),
        ("from functools import wraps as w\n", PARTIAL, "from functools import partial, wraps as w\n"),
        ("from functools import (\n    cache,\n)\n", PARTIAL, "from functools import (\n    cache,\n    partial,\n)\n"),
        ("from functools import (\n  wraps as w)\n", PARTIAL, "from functools import (\n  partial,\n  wraps as w)\n"),
        (
            "from kafka import (\n    KafkaConsumer\n)\n",
            KAFKA,
            f"from kafka import (\n    KafkaConsumer,\n    {KAFKA_NAMES}\n)\n",
        ),
        (
            "from functools import (\n    cache,  # kept\n)\n",
            PARTIAL,
            f"from functools import (\n    cache,  # kept\n)\n{PARTIAL}\n",
        ),
        (
            "from functools import (\n    cache, wraps,\n)\n",
            PARTIAL,
            f"from functools import (\n    cache, wraps,\n)\n{PARTIAL}\n",
        ),
        ("from functools import cache  # kept\n", PARTIAL, f"from functools import cache  # kept\n{PARTIAL}\n"),
        (
            "from aws_cdk import App, aws_sqs\n",
            "from aws_cdk import Duration",
            "from aws_cdk import App, Duration, aws_sqs\n",
        ),
        ("from kafka import Consumer\n", KAFKA, "from kafka import Consumer, OffsetAndMetadata, TopicPartition\n"),
        ("from kafka import TopicPartition\n", KAFKA, "from kafka import OffsetAndMetadata, TopicPartition\n"),
        ("from kafka.structs import OffsetAndMetadata, TopicPartition\n", KAFKA, None),
        (
            "from kafka.structs import TopicPartition\n",
            KAFKA,
            "from kafka import OffsetAndMetadata\nfrom kafka.structs import TopicPartition\n",
        ),
        ("import kafka\n", KAFKA, f"import kafka\n{KAFKA}\n"),
        ("import os, re\n", OS, "import os, re\n"),
        ("import json; import re\n", OS, "import json; import re\nimport os\n"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_an_import_stands_where_the_file_would_have_it(
    source: str, wanted: str, expected: str | None, ending: str
) -> None:
    source, expected = source.replace("\n", ending), (expected or source).replace("\n", ending)
    assert _after(source, _source(source).add_import(wanted)) == expected


_TRIED = "{failed} = []\n{loop}\n    try:\n        {body}\n    except Exception:\n        {failed}.append(1)\nreturn {failed}\n"


def test_each_round_of_a_loop_is_wrapped_with_its_own_indentation() -> None:
    source = "def f(event):\n  for a in (\n    event\n  ):\n    # why\n    failed = work(a)  # now\n\n    if a:\n      go(a)\n\n\nf(1)\n"
    edits = rounds.wrap_rounds(_source(source), _at(source, "for a in (\n    event\n  ):"), _TRIED)
    assert _after(source, edits) == (
        "def f(event):\n  failures = []\n  for a in (\n    event\n  ):\n    # why\n    try:\n      failed = work(a)  # now\n\n"
        "      if a:\n        go(a)\n    except Exception:\n      failures.append(1)\n  return failures\n\n\nf(1)\n"
    )


_RELEASED = "try:\n    {body}\nexcept BaseException:\n    {owner}.drop(key)\n    raise\n"


@pytest.mark.parametrize(
    ("claiming", "margin"),
    [
        ("if not db.add(key):\n        return\n    ", "    "),
        ("if not await db.add(key):\n        return\n    ", "    "),
        ("if db.add(key):\n        ", "        "),
        ("new = db.add(key)\n    if not new:\n        return\n    ", "    "),
        ("try:\n        db.add(key)\n    except Taken:\n        return\n    # Now.\n    ", "    "),
        (
            "if not db.add(key):\n        if a:\n            return\n        else:\n            raise Taken\n    ",
            "    ",
        ),
    ],
)
def test_what_is_behind_a_claim_is_wrapped(claiming: str, margin: str) -> None:
    source = f"async def f(key):\n    {claiming}body = go(key)  # now\n\n{margin}for a in body:\n{margin}    return a\n\n\nf(1)\n"
    edits = wraps.wrap_behind(_source(source), _at(source, "db.add"), (_at(source, "go"),), _RELEASED)
    assert _after(source, edits) == (
        f"async def f(key):\n    {claiming}try:\n{margin}    body = go(key)  # now\n\n{margin}    for a in body:\n"
        f"{margin}        return a\n{margin}except BaseException:\n{margin}    db.drop(key)\n{margin}    raise\n\n\nf(1)\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        "    if not db.add(key):\n        log(key)\n    go(key)\n",
        "    if not db.add(key) or key:\n        return\n    go(key)\n",
        "    if not db.add(key):\n        return\n    else:\n        go(key)\n",
        "    if not db.add(key):\n        return\n    key = go(key)\n",
        "    if not db.add(key):\n        return\n    go('''\n    a''')\n",
        "    new = db.add(key)\n    log(key)\n    if not new:\n        return\n    go(key)\n",
        "    try:\n        db.add(key)\n    except Taken:\n        log(key)\n    go(key)\n",
        "    try:\n        log(key)\n        db.add(key)\n    except Taken:\n        return\n    go(key)\n",
        "    if db.add(key):\n        log(key)\n    go(key)\n",
        "    if not db.add(key):\n        return go(key)\n",
    ],
)
def test_what_is_not_only_behind_the_claim_is_left_alone(body: str) -> None:
    source = f"def f(key):\n{body}"
    assert wraps.wrap_behind(_source(source), _at(source, "db.add"), (_at(source, "go"),), _RELEASED) is None


def test_a_call_whose_arguments_have_lines_of_their_own_keeps_them() -> None:
    source = "def f(a):\n    bus.send(\n        a,\n        b=1,\n    )\n"
    edits = rewrites.call_through(_source(source), _at(source, "bus.send"), ".later")
    assert _after(source, edits) == (
        "from functools import partial\n\ndef f(a):\n    bus.later(partial(\n        bus.send,\n        a,\n        b=1,\n    ))\n"
    )


def test_a_check_and_what_is_behind_it_are_wrapped() -> None:
    source = "def f(key):\n  log(key)\n  if key in db:\n    return\n  # Now.\n  db.add(key)\n"
    edits = wraps.wrap_from(
        _source(source), _at(source, "key in"), (_at(source, "db.add"),), "with lock:\n    {body}\n"
    )
    assert _after(source, edits) == (
        "def f(key):\n  log(key)\n  with lock:\n    if key in db:\n      return\n    # Now.\n    db.add(key)\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        "    if key:\n        if key in db:\n            return\n    db.add(key)\n",
        "    if a:\n        pass\n    elif key in db:\n        db.add(key)\n",
        "    a = 1; b = key in db\n    db.add(key)\n",
    ],
)
def test_a_check_whose_record_is_not_behind_it_is_left_alone(body: str) -> None:
    source = f"def f(key):\n{body}"
    made = wraps.wrap_from(_source(source), _at(source, "key in"), (_at(source, "db.add"),), "with lock:\n    {body}\n")
    assert made is None


@pytest.mark.parametrize("answer", ["return", "return {'status': 200, 'body': json.dumps(['done'])}", "return None"])
def test_an_answer_that_is_always_the_same_goes_with_the_loop(answer: str) -> None:
    source = f"def f(event):\n    for a in event:\n        work(a)\n    {answer}  # done\n"
    edits = rounds.wrap_rounds(_source(source), _at(source, "for a in event:"), "{loop}\n    {body}\nreturn 1\n")
    assert _after(source, edits) == "def f(event):\n    for a in event:\n        work(a)\n    return 1\n"


@pytest.mark.parametrize(
    "body",
    [
        "    for a in event:\n",
        "    for a in event:\n        work(a)\n    return count\n",
        "    for a in event:\n        work(a)\n    done()\n",
        "    for a in event:\n        return work(a)\n",
        "    for a in event:\n        while a:\n            break\n",
        "    for a in event: work(a)\n",
        "    for a in event:\n        work('''\n        a''')\n",
        "    for a in event:\n        yield a\n",
        "    for a in event:\n        work(a)\n    else:\n        done()\n",
    ],
)
def test_a_loop_that_is_not_gone_through_to_the_end_of_the_function_is_left_alone(body: str) -> None:
    source = f"def f(event):\n{body}"
    assert rounds.wrap_rounds(_source(source), _at(source, "for a in event:"), _TRIED) is None


@pytest.mark.parametrize("write", [clauses.raise_in, clauses.raise_instead])
def test_nothing_is_raised_where_a_finally_would_drop_it(write: Callable[[Source, Place], Edits | None]) -> None:
    source = "def handler(event):\n    try:\n        work()\n    except Exception:\n        return 1\n    finally:\n        done()\n"
    where = "except" if write is clauses.raise_in else "return 1"
    place = _at(source, where) if where != "except" else _at(source, "Exception")
    assert write(_source(source), place) is not None
    leaving = source.replace("done()", "return 2")
    assert write(_source(leaving), place) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(\n    a=1,  # one\n)\n", "x = f(\n    a=1,  # one\n    b=2,\n)\n"),
        ("x = f(\n    a=1  # one\n)\n", "x = f(\n    a=1,  # one\n    b=2\n)\n"),
        ("x = f(\n    a=1,\n)  # all\n", "x = f(\n    a=1,\n    b=2,\n)  # all\n"),
    ],
)
def test_a_comment_stays_with_the_argument_that_it_is_about(before: str, after: str) -> None:
    assert _after(before, arguments.insert(_source(before), _at(before, "f"), "b", "2")) == after


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ('{\n    "a": 1,  # one\n}', '{\n    "a": 1,  # one\n    "b": {"c": 2},\n}'),
        ('{\n    "a": 1  # one\n}', '{\n    "a": 1,  # one\n    "b": {"c": 2}\n}'),
        ('{"a": 1}', '{"a": 1, "b": {"c": 2}}'),
        ("{'a': 1, 'b': {'d': 3}}", "{'a': 1, 'b': {'d': 3, 'c': 2}}"),
        ("{'b': {'c': 3}}", "{'b': {'c': 2}}"),
        ("{'a': 1, **more}", None),
        ("{}", '{"b": {"c": 2}}'),
        ("{NAME: 1}", '{NAME: 1, "b": {"c": 2}}'),
        ("{**more}", None),
    ],
)
def test_an_entry_of_a_mapping_is_written_to_like_a_call(entry: str, wanted: str | None) -> None:
    source = f'table = {{"x": {entry}}}\n'
    edits = arguments.insert(_source(source), _at(source, '"x"'), "b:c", "2")
    assert _after(source, edits) == (source.replace(entry, wanted) if wanted else None)
