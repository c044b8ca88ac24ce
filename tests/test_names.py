"""Names across files: what cannot be resolved is not, and nothing is followed for ever."""

from __future__ import annotations

from pathlib import Path

from twice.engine import check
from twice.project.modules import modules
from twice.rules.book import open_book

BOOK = open_book([Path(__file__).parent.parent / "rules"])


def test_modules_that_import_a_name_from_each_other_are_read_to_the_end() -> None:
    files = {
        "shop/__init__.py": b"from shop.orders import book\nfrom . import clients\nhandler = clients.queue.make()\n",
        "shop/orders.py": b"from shop import book\n",
        "shop/clients.py": b"from .clients import queue\n",
    }
    assert check(files, BOOK).problems == ()


def test_a_name_that_nobody_binds_is_looked_for_once() -> None:
    task = b"import json\n\nfrom celery import shared_task\n\n\n@shared_task\ndef book(order):\n    return json.loads(nobody[0])\n"
    assert check({"tasks.py": task}, BOOK).problems == ()


def test_what_lies_beside_a_script_is_found_by_its_own_name() -> None:
    paths = ["shop/__init__.py", "shop/manage.py", "shop/core/__init__.py", "shop/core/mails.py", "shop/web.py"]
    found = modules(paths, frozenset())
    assert found.find("core.mails", "shop/web.py") == "shop/core/mails.py"
    assert found.find("shop.core.mails", "shop/web.py") == "shop/core/mails.py"
    assert modules([*paths[:1], *paths[2:]], frozenset()).find("core.mails", "shop/web.py") is None


def test_a_source_folder_holds_packages_without_an_init_file() -> None:
    paths = ["src/cirrus/lib/__init__.py", "src/cirrus/lib/utils.py", "src/cirrus/tasks/publish/app.py"]
    found = modules(paths, frozenset())
    assert found.find("cirrus.lib.utils", "src/cirrus/tasks/publish/app.py") == "src/cirrus/lib/utils.py"
    installed = modules(["billing/setup.py", "billing/acme/mails/__init__.py", "web/app.py"], frozenset())
    assert installed.find("acme.mails", "web/app.py") == "billing/acme/mails/__init__.py"
    beside = modules(["services/docker/client.py", "services/shop/app.py"], frozenset())
    assert beside.find("docker.client", "services/shop/app.py") is None
