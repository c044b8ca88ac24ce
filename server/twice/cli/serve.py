"""`twice serve`: hands over to the language server, which is imported here and nowhere else."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module


def run(arguments: Namespace) -> int:
    code: int = import_module("twice.lsp.server").serve(arguments.tcp)
    return code
