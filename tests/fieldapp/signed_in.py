"""Sign a test client in without a form: a real session with its row, as the product begins one."""

from flask import Flask
from flask.testing import FlaskClient

from fieldapp.usecases import sessions


def sign_in(app: Flask, client: FlaskClient, person_id: str, agent: str = "a test") -> str:
    """Sign a client in as a person; return the secret of the session."""
    with app.app_context():
        begun = sessions.begin(person_id, "password", agent)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{person_id}/{begun.name}"
        cookie["secret"] = begun.secret
    return begun.secret
