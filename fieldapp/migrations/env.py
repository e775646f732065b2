"""Runs the migrations on the database that `fieldapp init` names."""

from alembic import context
from sqlmodel import SQLModel

import fieldapp.tables  # noqa: F401 - fills the metadata
from fieldapp.store.database import Database


def run() -> None:
    database = Database(context.config.attributes["url"])
    try:
        with database.engine.connect() as connection:
            context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        database.dispose()


run()
