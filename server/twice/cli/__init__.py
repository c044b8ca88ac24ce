"""The command line: one module for each command. The only place beside the language server that reads, writes and times."""

from __future__ import annotations


class WrongCall(Exception):
    """The call itself is wrong; the message says why, and what to do."""
