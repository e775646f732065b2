"""What people, sessions and tokens ask of a database, on SQLite and on PostgreSQL alike."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fieldapp import jobs
from fieldapp.problems import Problem
from fieldapp.store import sessions as rows
from fieldapp.store.database import session
from fieldapp.usecases import choose_password, invite, manage_staff, sessions, tokens
from fieldapp.usecases.check_password import check_password
from tests.fieldapp.conftest import close
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
AT_ONCE, ALLOWED = 24, 5


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_people_on_both_databases(hall_home: Path, database: dict[str, str]) -> None:
    hall = hall_of(hall_home, FIELDAPP_LOCK_AFTER=str(ALLOWED), **database)
    try:
        guesses_at_once_are_counted_one_by_one(hall)
        with hall.inside():
            a_person_comes_and_goes(hall)
    finally:
        close(hall)


def guesses_at_once_are_counted_one_by_one(hall: Hall) -> None:
    def guess(_: int) -> bool:
        with hall.app.app_context(), session() as db:
            return rows.count_attempt(db, "somebody@example.org", ALLOWED, 900).locked_until is None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(AT_ONCE))) == ALLOWED


def a_person_comes_and_goes(hall: Hall) -> None:
    admin, reviewer = hall.people["admin"], hall.people["reviewer"]
    invitation = invite.invite(admin, "Nina", "nina@example.org", "reviewer")
    jobs.run(invite.mail_job(invitation))
    assert invite.mail_delivery(invitation).state == "sent"
    invite.resend(admin, invitation)
    assert [each.email for each in invite.open_invitations(admin)] == ["nina@example.org"]
    begun = sessions.begin(admin.id, "password", "a browser\x00\udc80 with an odd name")
    assert sessions.resume(admin.id, begun.name, begun.secret) == admin
    assert len(sessions.own_sessions(admin, begun.secret)) == 1
    made = tokens.make_agent_token(admin, "Cabinet 2", [hall.site])
    assert tokens.authenticate(made.token).sites == {hall.site}
    manage_staff.change_role(admin, reviewer.id, "engineer")
    manage_staff.deactivate(admin, reviewer.id)
    assert [each.active for each in manage_staff.staff(admin) if each.id == reviewer.id] == [False]
    kinds = [each.kind for each in manage_staff.history(admin, sys.maxsize, 3)]
    assert kinds == ["person_deactivated", "role_changed", "token_made"]
    choose_password.forgot_password(email_of("admin"))
    assert check_password(email_of("admin"), PASSWORD) == admin
    for odd in ("\udc80\x00", "x" * 5000, ""):
        with pytest.raises(Problem, match="link"):
            choose_password.look_at(odd)
        with pytest.raises(Problem, match="belong"):
            check_password(odd or "nobody", "guess")
