"""The ways in which people write the settings of a task framework: each of them has to be understood, or to leave the question open."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from twice.engine import understand
from twice.facts import Handler, Subscription
from twice.rules.book import open_book
from twice.truth import UNKNOWN, effective

BOOK = open_book([Path(__file__).parent.parent / "rules"])

TASK = """
@app.task
def work(order):
    print(order)
"""
SHARED = """
from celery import shared_task


@shared_task
def work(order):
    print(order)
"""
DJANGO = """
import os
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""


def _app(text: str, **modules: str) -> dict[str, str]:
    others = {f"{name}.py": dedent(source) for name, source in modules.items()}
    return {"app.py": f"from celery import Celery\n{dedent(text)}{TASK}", **others}


def _django(celery: str = DJANGO, **settings: str) -> dict[str, str]:
    others = {f"shop/{name.replace('__', '/')}.py": dedent(text) for name, text in settings.items()}
    return {"shop/__init__.py": "", "shop/celery.py": celery, "shop/tasks.py": SHARED, **others}


LATE = {
    "a keyword of the application": _app('app = Celery("x", task_acks_late=True)'),
    "an attribute": _app('app = Celery("x")\napp.conf.task_acks_late = True'),
    "an item": _app('app = Celery("x")\napp.conf["task_acks_late"] = True'),
    "another name for the settings": _app('app = Celery("x")\nconf = app.conf\nconf.task_acks_late = True'),
    "update with keywords": _app('app = Celery("x")\napp.conf.update(task_acks_late=True)'),
    "update with a dictionary": _app('app = Celery("x")\napp.conf.update({"task_acks_late": True})'),
    "update with a constant": _app(
        'SETTINGS = dict(task_acks_late=True)\napp = Celery("x")\napp.conf.update(SETTINGS)'
    ),
    "update with an unpacked constant": _app(
        'SETTINGS = {"task_acks_late": True}\napp = Celery("x")\napp.conf.update(**SETTINGS)'
    ),
    "defaults": _app('app = Celery("x")\napp.add_defaults({"task_acks_late": True})'),
    "a module by its name": _app(
        'app = Celery("x")\napp.config_from_object("celeryconfig")', celeryconfig="task_acks_late = True"
    ),
    "a module with old names": _app(
        'app = Celery("x")\napp.config_from_object("celeryconfig")', celeryconfig="CELERY_ACKS_LATE = True"
    ),
    "a module": _app(
        'import celeryconfig\napp = Celery("x")\napp.config_from_object(celeryconfig)',
        celeryconfig="task_acks_late = True",
    ),
    "a module the application names": _app(
        'app = Celery("x", config_source="celeryconfig")', celeryconfig="task_acks_late = True"
    ),
    "a class": _app("class Config:\n    task_acks_late = True\n\napp = Celery('x')\napp.config_from_object(Config)"),
    "an object of a class": _app(
        "class Config:\n    task_acks_late = True\n\napp = Celery('x')\napp.config_from_object(Config())"
    ),
    "a class by its name": _app(
        'app = Celery("x")\napp.config_from_object("config:Config")', config="class Config:\n    task_acks_late = True"
    ),
    "a class that inherits": _app(
        "class Base:\n    task_acks_late = True\nclass Config(Base):\n    pass\napp = Celery('x')\napp.config_from_object(Config)"
    ),
    "a dictionary": _app('app = Celery("x")\napp.config_from_object({"task_acks_late": True})'),
    "an annotation of all tasks": _app('app = Celery("x")\napp.conf.task_annotations = {"*": {"acks_late": True}}'),
    "the class of all tasks": _app(
        "from celery import Task\nclass Late(Task):\n    acks_late = True\napp = Celery('x', task_cls=Late)"
    ),
    "a function that makes the application": _app(
        "def make():\n    made = Celery('x')\n    made.conf.update(task_acks_late=True)\n    return made\napp = make()"
    ),
    "a function that is given the application": _app(
        "def configure(any):\n    any.conf.task_acks_late = True\napp = Celery('x')\nconfigure(app)"
    ),
    "a class of applications": _app("class App(Celery):\n    pass\napp = App('x', task_acks_late=True)"),
    "settings of Django": _django(settings="CELERY_TASK_ACKS_LATE = True"),
    "the settings object of Django": _django(
        DJANGO.replace('"django.conf:settings"', "settings").replace(
            "import os", "import os\nfrom django.conf import settings"
        ),
        settings="CELERY_TASK_ACKS_LATE = True",
    ),
    "several settings modules": _django(
        settings__base="CELERY_TASK_ACKS_LATE = True",
        settings__production="from .base import *\nDEBUG = False",
        settings__local="from .base import *\nCELERY_TASK_ACKS_LATE = False",
    ),
    "classes of settings": _django(
        settings="class Base(Configuration):\n    CELERY_TASK_ACKS_LATE = True\nclass Local(Base):\n    CELERY_TASK_ACKS_LATE = False"
    ),
}
OPEN = {
    "the environment": _app("import os\napp = Celery('x')\napp.conf.task_acks_late = os.environ.get('LATE') == '1'"),
    "a helper for the environment": _django(
        settings="env = Env()\nCELERY_TASK_ACKS_LATE = env.bool('LATE', default=True)"
    ),
    "settings that disagree": _django(
        settings__base="CELERY_TASK_ACKS_LATE = True", settings__production="CELERY_TASK_ACKS_LATE = False"
    ),
    "a web framework's settings": _app(
        "from flask import Flask\nweb = Flask('x')\napp = Celery('x')\napp.config_from_object(web.config['CELERY'])"
    ),
    "what a model dumps": _app("app = Celery('x')\napp.conf.update(settings.model_dump())"),
    "a module elsewhere": _app("app = Celery('x')\napp.config_from_object('company.celeryconfig')"),
}


def _acks_on_receipt(files: dict[str, str]) -> object:
    known, linked = understand({path: text.encode() for path, text in files.items()}, BOOK)
    assert linked.problems == ()
    (found,) = (one for one in known.of("subscription") if isinstance(one, Subscription))
    return effective(found.acks_on_receipt)


@pytest.mark.parametrize("spelling", LATE)
def test_a_spelling_is_understood(spelling: str) -> None:
    assert _acks_on_receipt(LATE[spelling]) is False


@pytest.mark.parametrize("spelling", OPEN)
def test_what_is_decided_elsewhere_is_left_open(spelling: str) -> None:
    assert _acks_on_receipt(OPEN[spelling]) is UNKNOWN


def test_what_nobody_writes_is_the_default() -> None:
    assert _acks_on_receipt(_app("app = Celery('x')\napp.conf.update(task_ignore_result=True)")) is True


JOB = "def work(order):\n    print(order)\n\n\n"


@pytest.mark.parametrize(
    ("limit", "files"),
    [
        (180, {"a.py": f"from rq import Queue\nqueue = Queue('x')\n{JOB}queue.enqueue(work, 1)\n"}),
        (
            600,
            {"a.py": f"from rq import Queue\nqueue = Queue('x', default_timeout=600)\n{JOB}queue.enqueue(work, 1)\n"},
        ),
        (60, {"a.py": f"from rq import Queue\nqueue = Queue('x')\n{JOB}queue.enqueue(work, 1, job_timeout=60)\n"}),
        (UNKNOWN, {"a.py": f"from rq import Queue\n{JOB}def go(queue: Queue):\n    queue.enqueue(work, 1)\n"}),
        (
            360,
            {
                "settings.py": "INSTALLED_APPS = []\nRQ_QUEUES = {'default': {'URL': 'redis://x', 'DEFAULT_TIMEOUT': 360}}\n",
                "a.py": f"import django_rq\n{JOB}django_rq.enqueue(work, 1)\n",
            },
        ),
        (600, {"a.py": f"import dramatiq\n@dramatiq.actor\n{JOB}"}),
        (5, {"a.py": f"import dramatiq\n@dramatiq.actor(time_limit=5000)\n{JOB}"}),
        (
            UNKNOWN,
            {
                "a.py": f"import dramatiq\n@dramatiq.actor\n{JOB}",
                "b.py": "from dramatiq.middleware import TimeLimit\nlimit = TimeLimit(time_limit=5000)\n",
            },
        ),
        (
            90,
            {
                "settings.py": "INSTALLED_APPS = []\nQ_CLUSTER = {'name': 'x', 'timeout': 90, 'orm': 'default'}\n",
                "a.py": f"from django_q.tasks import async_task\n{JOB}async_task(work, 1)\n",
            },
        ),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value),
)
def test_the_time_limit_of_a_job(limit: object, files: dict[str, str]) -> None:
    known, _ = understand({path: text.encode() for path, text in files.items()}, BOOK)
    (found,) = (one for one in known.of("handler") if isinstance(one, Handler))
    assert effective(found.time_limit) == limit
