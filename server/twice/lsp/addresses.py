"""Addresses of the editor and what they mean here: folders, paths inside them, and documents that lie in none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import PurePath
from urllib.parse import unquote

from pygls import uris

from twice.config import holds_settings
from twice.files import is_relevant

# What is checked together: the path of a folder with a slash at its end, or the address of a document outside all folders.
Key = str

_SUFFIXES = {
    "python": ".py",
    "yaml": ".yaml",
    "json": ".json",
    "terraform": ".tf",
    "terraform-vars": ".tfvars",
    "properties": ".properties",
    "java-properties": ".properties",
}


def folder_key(uri: str) -> Key | None:
    """The key of a folder; None when it is on no disk of this machine."""
    path = uris.to_fs_path(uri)
    return os.path.normpath(path).rstrip(os.sep) + os.sep if path else None


def key_of(uri: str, folders: Iterable[Key]) -> Key | None:
    """What a document is checked with: the innermost folder around it, else itself; None if it is not checked.

    Some editors follow links in the address of a document and not in that of its folder, or the other way round. Documents that other extensions make up (``git:``, output, notebook cells) are copies or pieces of others.
    """
    path = uris.to_fs_path(uri)
    if path:
        folders = tuple(folders)
        around = [key for key in folders if os.path.normpath(path).startswith(key)]
        around = around or [key for key in folders if os.path.realpath(path).startswith(_really(key))]
        return max(around, key=len, default=unquote(uri))
    return unquote(uri) if uris.uri_scheme(uri) == "untitled" else None


def inside(key: Key, path: str) -> str:
    """A path below a folder, with forward slashes."""
    path, start = os.path.normpath(path), len(key)
    if not path.startswith(key):
        path, start = os.path.realpath(path), len(_really(key))
    return path[start:].replace(os.sep, "/")


def _really(key: Key) -> str:
    """The folder without links on the way to it."""
    return os.path.realpath(key).rstrip(os.sep) + os.sep


def path_in(key: Key, uri: str) -> str | None:
    """What a file is called inside a folder; None when a file of this name cannot say anything."""
    path = uris.to_fs_path(uri)
    name = inside(key, path) if path else ""
    return name if is_relevant(name) or holds_settings(name) else None


def path_alone(uri: str, language: str) -> str | None:
    """What a document outside all folders is called; its language counts when its name says nothing."""
    name = PurePath(unquote(uri)).name.rpartition(":")[2]
    suffix = _SUFFIXES.get(language, "")
    name += "" if name.endswith(suffix) else suffix
    return name if is_relevant(name) else None
