"""Runs the migrations on the database that `fieldapp init` names."""

from alembic import context
from sqlmodel import SQLModel

import fieldapp.tables  # noqa: F401 - fills the metadata
from fieldapp.store.database import Database


def run() -> None:
    database = Database(context.config.attributes["url"])
    try:
        with database.engine.connect() as connection:
            if database.sqlite:
                # A table that is altered there is made anew; what points to it must not be in the way.
                connection.connection.execute("PRAGMA foreign_keys=OFF")
            context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
            with context.begin_transaction():
                context.run_migrations()
                if database.sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("the migration would leave rows that point to nothing")
    finally:
        database.dispose()


run()
