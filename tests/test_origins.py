"""Where a value comes from, one expression after the other: what the key of a payment is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from twice.engine import understand
from twice.facts import Payment
from twice.noun import Traced, value_of
from twice.project.sources import UNSEEN, Source, mixed
from twice.rules.book import open_book

BOOK = open_book([Path(__file__).parent.parent / "rules"])

IMPORTS = """
import base64, dataclasses, datetime, hashlib, json, os, random, socket, time, uuid
from dataclasses import dataclass
from datetime import date, datetime as dt, timedelta, timezone
import stripe
from celery import Celery
from pydantic import BaseModel
app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)
REGION = "eu"
"""

TASK = """
@app.task(acks_late=True)
def charge(event):
{before}
    stripe.Refund.create(idempotency_key={value})
"""


def origins(value: str, before: str = "pass", module: str = "") -> list[str]:
    """The origins of a value in a task: one text for each way the value can come about."""
    body = "\n".join(f"    {line}" for line in before.split("\n"))
    source = IMPORTS + module + TASK.format(value=value, before=body)
    world, _ = understand({"tasks.py": source.encode()}, BOOK)
    (payment,) = world.of("payment")
    assert isinstance(payment, Payment)
    found = value_of(payment, ("key", "value"))
    assert isinstance(found, Traced)
    return sorted(" ".join(sorted(way - {"constant"} or way)) for way in found.ways)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'fixed'", "constant"),
        ("REGION", "constant"),
        ("event['id']", "event.id"),
        ("event['event_id']", "event.id"),
        ("event.id", "event.id"),
        ("event.get('id')", "event.id"),
        ("event['detail']['id']", "event.id"),
        ("event['order']['id']", "event.entity"),
        ("event['order_id']", "event.entity"),
        ("event['occurred_at']", "event.timestamp"),
        ("event['createdAt']", "event.timestamp"),
        ("event['meta'].timestamp", "event.timestamp"),
        ("event['version']", "event.version"),
        ("event['seq']", "event.sequence"),
        ("event['type']", "event.type"),
        ("event['note']", "event.payload"),
        ("event", "event.payload"),
        ("event['billing_date']", "period"),
        ("event['starts_at']", "event.payload"),
        ("time.time()", "clock"),
        ("dt.now(timezone.utc).isoformat()", "clock"),
        ("int(time.time() * 1000)", "clock"),
        ("uuid.uuid4().hex", "random"),
        ("str(uuid.uuid4())", "random"),
        ("random.randint(1, 9)", "random"),
        ("os.environ['STAGE']", "config"),
        ("os.getenv('STAGE')", "config"),
        ("socket.gethostname()", "process"),
        ("hash(event['order_id'])", "event.entity process"),
    ],
)
def test_a_value_comes_from(value: str, expected: str) -> None:
    assert origins(value) == [expected]


@pytest.mark.parametrize(
    "value",
    [
        "f\"refund-{event['order_id']}\"",
        "'refund-%s' % event['order_id']",
        "'refund-{}'.format(event['order_id'])",
        "'-'.join(['refund', event['order_id']])",
        "'refund-' + str(event['order_id'])",
        "event['order_id'].strip().lower()",
        "('refund', event['order_id'])",
        "[part for part in [event['order_id']]][0]",
        "json.loads(json.dumps(event))['order_id']",
        "base64.b64decode(event['data']).decode() and event['order_id']",
        "(lambda order: order)(event['order_id'])",
    ],
)
def test_text_and_containers_pass_a_value_on(value: str) -> None:
    assert origins(value)[-1] == "event.entity"


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        ("key = event['order_id']", "key", "event.entity"),
        ("key: str = event['order_id']", "key", "event.entity"),
        ("first, second = event['order_id'], event['created_at']", "second", "event.timestamp"),
        ("first, *others = event['order_id'], event['created_at']", "first", "event.entity"),
        ("key = 'refund'\nkey += event['order_id']", "key", "event.entity"),
        ("for line in event['lines']:\n    key = line['sku_no']", "key", "event.entity"),
        ("if key := event.get('order_id'):\n    pass", "key", "event.entity"),
        ("data = {'id': event['order_id'], 'at': event['sent_at']}", "data['id']", "event.entity"),
        ("data = {}\ndata['id'] = event['order_id']", "data['id']", "event.entity"),
        ("data = {}\ndata['id'] = event['order_id']", "json.dumps(data)", "event.entity"),
        ("data = dict(id=event['order_id'])", "data['id']", "event.entity"),
        ("with open('x') as file:\n    key = event['order_id']", "key", "event.entity"),
        ("name = event['order_id']\nkey = f'refund-{name}'", "key", "event.entity"),
    ],
)
def test_names_keep_what_they_are_bound_to(before: str, value: str, expected: str) -> None:
    assert origins(value, before) == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("event['id'] if event else str(uuid.uuid4())", ["event.id", "random"]),
        ("event.get('id') or str(uuid.uuid4())", ["event.id", "random"]),
        ("event.get('id', str(uuid.uuid4()))", ["event.id", "random"]),
        ("event.get('id', '')", ["event.id"]),
    ],
)
def test_each_alternative_is_a_way_of_its_own(value: str, expected: list[str]) -> None:
    assert origins(value) == expected


def test_branches_that_assign_are_alternatives() -> None:
    assert origins("key", "key = event['id']\nif not key:\n    key = str(uuid.uuid4())") == ["event.id", "random"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hashlib.sha256(json.dumps(event).encode()).hexdigest()", "digest event.payload"),
        ("hashlib.sha256(f\"{event['order_id']}\".encode()).hexdigest()", "digest event.entity"),
        ("hashlib.md5(event['order_id'].encode('utf-8')).digest()", "digest event.entity"),
        ("str(uuid.uuid5(uuid.NAMESPACE_URL, event['order_id']))", "digest event.entity"),
        ("uuid.uuid3(namespace=uuid.NAMESPACE_DNS, name=event['order_id'])", "digest event.entity"),
    ],
)
def test_a_hash_is_a_digest_of_what_goes_in(value: str, expected: str) -> None:
    assert origins(value) == [expected]


def test_a_hash_that_is_fed_step_by_step_is_a_digest_of_all_of_it() -> None:
    before = "digest = hashlib.sha256()\ndigest.update(event['order_id'].encode())"
    assert origins("digest.hexdigest()", before) == ["digest event.entity"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("date.today().isoformat()", "period"),
        ("dt.now().date()", "period"),
        ("dt.now().strftime('%Y-%m-%d')", "period"),
        ("dt.now().strftime('%Y%m%d%H%M%S')", "clock"),
        ("dt.now().replace(minute=0, second=0, microsecond=0)", "period"),
        ("dt.now().replace(microsecond=0)", "clock"),
        ("f'{dt.now().year}-{dt.now().month:02d}'", "period"),
        ("event['occurred_at'].year", "event.payload period"),
        ("event['year']", "period"),
        ("int(time.time()) // 3600", "period"),
        ("int(time.time() // 3600)", "period"),
        ("event['occurred_at'][:10]", "event.payload period"),
        ("event['occurred_at'] // 60", "event.payload period"),
        ("event['occurred_at'] - event['occurred_at'] % 60", "event.payload period"),
        ("event['order_id'][:10]", "event.entity"),
    ],
)
def test_a_time_cut_down_to_its_day_or_hour_is_a_period(value: str, expected: str) -> None:
    assert origins(value) == [expected]


MODELS = """
@dataclass
class Order:
    number: str
    placed: str
    @property
    def key(self):
        return f"order-{self.number}"
    @classmethod
    def of(cls, data):
        return cls(number=data["order_id"], placed=data["created_at"])

class Refund(BaseModel):
    order_id: str
    created_at: str

class Box:
    def __init__(self, data):
        self.number = data["order_id"]
        self.when = data["created_at"]
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Order(event['order_id'], event['created_at']).number", "event.entity"),
        ("Order(event['order_id'], event['created_at']).placed", "event.timestamp"),
        ("Order(number=event['order_id'], placed=event['created_at']).placed", "event.timestamp"),
        ("Order(event['order_id'], event['created_at']).key", "event.entity"),
        ("Order.of(event).number", "event.entity"),
        ("Order.of(event).placed", "event.timestamp"),
        ("Refund(**event).order_id", "event.entity"),
        ("Refund(**json.loads(event)).created_at", "event.timestamp"),
        ("Refund.model_validate_json(event['body']).order_id", "event.entity"),
        ("Refund.model_validate(event).created_at", "event.timestamp"),
        ("Refund.parse_raw(event['body']).order_id", "event.entity"),
        ("Refund.from_dict(event).order_id", "event.entity"),
        ("Box(event).number", "event.entity"),
        ("Box(event).when", "event.timestamp"),
    ],
)
def test_the_attributes_of_our_own_objects_decide(value: str, expected: str) -> None:
    assert origins(value, module=MODELS) == [expected]


HELPERS = """
def key_of(order, step="refund"):
    return f"{step}-{order['order_id']}"

def both(order):
    number = order["order_id"]
    return number, order["created_at"]

def new_key():
    return str(uuid.uuid4())

def either(order):
    if order.get("order_id"):
        return order["order_id"]
    return new_key()
"""


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        ("pass", "key_of(event)", ["event.entity"]),
        ("pass", "key_of(event, step=event['created_at'])", ["event.entity event.timestamp"]),
        ("number, when = both(event)", "number", ["event.entity"]),
        ("number, when = both(event)", "when", ["event.timestamp"]),
        ("pass", "new_key()", ["random"]),
        ("pass", "either(event)", ["event.entity", "random"]),
    ],
)
def test_our_own_functions_pass_values_on(before: str, value: str, expected: list[str]) -> None:
    assert origins(value, before, HELPERS) == expected


@pytest.mark.parametrize(
    "value", ["vendor.key(event)", "vendor.key(event['created_at'])", "vendor.find(event).created_at"]
)
def test_what_a_foreign_function_makes_of_the_event_is_not_known(value: str) -> None:
    assert origins(value, module="import vendor\n") == ["event.payload unknown"]


def test_two_modules_that_import_a_name_from_each_other_end() -> None:
    tasks = IMPORTS + "from shop.orders import Status\n" + TASK.format(value="Status.paid", before="    pass")
    files = {
        "tasks.py": tasks,
        "shop/__init__.py": "",
        "shop/orders.py": "from shop.refunds import Status\n",
        "shop/refunds.py": "from shop.orders import Status\n",
    }
    world, linked = understand({path: text.encode() for path, text in files.items()}, BOOK)
    assert list(linked.problems) == []
    assert [payment.name for payment in world.of("payment")] == ["the payment"]


def test_a_number_that_is_made_of_itself_ends() -> None:
    body = "    for one in event:\n        total = total * 2\n    time.sleep(total)"
    world, linked = understand({"tasks.py": (IMPORTS + TASK.format(value="event", before=body)).encode()}, BOOK)
    assert list(linked.problems) == []
    assert "sleep" in [wait.name for wait in world.of("wait")]


def test_more_parts_of_an_event_than_anybody_writes_down_are_any_part_of_it() -> None:
    """Code that takes parts of parts in a loop would have ever more of them."""
    many = frozenset(Source("event", "sqs", (f"field{number}",)) for number in range(1000))
    assert mixed([(many,), (frozenset({Source("clock")}),)]) == (
        frozenset({Source("event", "sqs", (UNSEEN,)), Source("clock")}),
    )
