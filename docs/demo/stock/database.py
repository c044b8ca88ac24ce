"""The warehouse's database."""

import os

import psycopg


def connect():
    """A connection that gives up after five seconds instead of waiting for ever."""
    return psycopg.connect(
        os.environ.get("DATABASE_URL", "postgresql:///stock"),
        connect_timeout=5,
        options="-c statement_timeout=5000",
    )
