"""Which files the editor shall watch for us: those that can say anything, and those that decide which ones do."""

from __future__ import annotations

from lsprotocol import types

_GLOBS = (
    "**/*.py",
    "**/*.{yaml,yml,json,template,tf,tfvars,properties}",
    "**/terragrunt.hcl",
    "**/{Dockerfile,Containerfile,Procfile}*",
    "**/*.{Dockerfile,dockerfile}",
    "**/{uv,poetry,pdm}.lock",
    "**/Pipfile.lock",
    "**/requirements*.txt",
    "**/*.{md,markdown,rst,adoc,asciidoc}",
    "**/{twice,pyproject}.toml",
    "**/.gitignore",
    "**/.twice/**",
)
# A directory that goes away takes its files with it, and editors tell of the directory only.
_ANYTHING = "**/*"


def registration() -> types.Registration:
    watchers = [types.FileSystemWatcher(glob) for glob in _GLOBS]
    watchers.append(types.FileSystemWatcher(_ANYTHING, types.WatchKind.Delete))
    return types.Registration(
        id="twice.files",
        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers),
    )
