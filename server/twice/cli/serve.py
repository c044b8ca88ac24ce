"""`twice serve`: hands over to the language server, which is imported here and nowhere else."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module

from twice.cli import WrongCall


def run(arguments: Namespace) -> int:
    serve = import_module("twice.lsp.server").serve
    try:
        code: int = serve(arguments.tcp)
    except OSError as error:
        if arguments.tcp is None:
            raise
        raise WrongCall(f"cannot listen on port {arguments.tcp}: {error.strerror}") from error
    return code
