"""The storage of a study: a database of Optuna's."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.storages import RDBStorage
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from mimik.errors import OutputError

STUDY = "study.db"
"""Name of the SQLite file in a study's folder."""
WAIT_S = 60.0
"""How long SQLite waits for another process that is writing."""
ATTEMPTS = 20
"""How often tables and their first rows are looked for and made: that fails if another process makes the same
between the two."""


def own_address(run: Path) -> str:
    """Address of the storage in a study's own folder."""
    return f"sqlite:///{run.absolute() / STUDY}"


def open_storage(address: str) -> RDBStorage:
    """Connect to a storage, whose tables are made if need be.

    Args:
        address: "sqlite:///FILE", "postgresql://USER:WORD@HOST/NAME" and others that SQLAlchemy knows.

    Raises:
        OutputError: It can't be reached, or holds something else.
    """
    with storage_errors(address):
        engine = {"connect_args": _connecting(address)}
        for _ in range(ATTEMPTS - 1):
            try:
                return RDBStorage(address, engine)
            except IntegrityError:
                continue
            except (OperationalError, ProgrammingError) as error:
                if "already exists" not in str(error):
                    raise
        return RDBStorage(address, engine)


@contextmanager
def opened(address: str) -> Iterator[RDBStorage]:
    """The same, closed at the end; raises as open_storage."""
    storage = open_storage(address)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _connecting(address: str) -> dict[str, Any]:
    """What the driver of an address is told."""
    if address.startswith("sqlite"):
        return {"timeout": WAIT_S}
    # Of a database in no encoding psycopg would give bytes for texts.
    libpq = sqlalchemy.engine.make_url(address).drivername in ("postgresql", "postgresql+psycopg")
    return {"client_encoding": "utf8"} if libpq else {}


@contextmanager
def storage_errors(address: str) -> Iterator[None]:
    """Turn what goes wrong with a storage into an OutputError of one line, without its password."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        cause = error.__cause__ if isinstance(error, optuna.exceptions.StorageInternalError) else error
        raise OutputError(_unreachable(address, getattr(cause, "orig", None) or cause or error)) from error
    except ImportError as error:
        reason = f"its driver isn't installed ({error.__cause__ or error})"
        raise OutputError(_unreachable(address, reason)) from error


def _unreachable(address: str, reason: object) -> str:
    said = " ".join(str(reason).split()).partition(" (Background on this error")[0]
    return (
        f"storage {shown(address)} can't be used: {said}; give an address such as sqlite:///study.db or "
        "postgresql://USER@HOST/NAME, or leave --storage out"
    )


def shown(address: str) -> str:
    """An address without its password."""
    try:
        return sqlalchemy.engine.make_url(address).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return repr(address)
