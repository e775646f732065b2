"""Every address that pages have, and who may use it. A new route needs one line here, or the tests fail.

``PAGES``: rule -> who may open it (GET). ``FORMS``: rule -> (who may send it, a form that is understood).
Whoever isn't named gets 403 or 404. Sites are meant that ``engineer``'s organisation owns, ``contractor``'s
builds and ``provider``'s looks after; the routes of the API stand in test_hall_access.py.
"""

STAFF = frozenset({"engineer", "reviewer", "service", "admin"})
BUILDERS = frozenset({"contractor", "foreman"})
OTHERS = frozenset({"stranger", "other_contractor", "other_admin"})
EVERYBODY = STAFF | BUILDERS | OTHERS | {"provider"}
#: Who sees a site that was handed over; before that, nobody of the service does.
INSIDERS = STAFF | BUILDERS | {"provider"}
WORKING = INSIDERS - {"service", "provider"}
OFFICE = frozenset({"engineer", "admin"})
#: The same roles at another operator: they may open the page, and find their own there.
OFFICES = OFFICE | {"stranger", "other_admin"}
ADMINS = frozenset({"admin", "foreman", "other_admin"})
TABLETS = frozenset({"contractor", "other_contractor", "foreman"})
REVIEWER = frozenset({"reviewer"})
CONTRACTOR = frozenset({"contractor"})

#: Addresses that nobody has to sign in for.
PUBLIC = frozenset({
    "/assets/<name>", "/field", "/field/", "/field/<path:name>", "/forgot-password", "/health",
    "/invitations/<string:secret>", "/sign-in", "/sign-in/provider", "/sign-in/provider/answer",
})  # fmt: skip

PAGES: dict[str, frozenset[str]] = {
    "/": EVERYBODY,
    "/account": EVERYBODY,
    "/designs/<design_id>/impact": OFFICES,
    "/instruments": EVERYBODY - {"service", "provider"},
    "/instruments/certificates/<certificate_id>/file": frozenset(),  # this one has none
    "/jobs": OFFICES,
    "/jobs/<job_id>.json": INSIDERS,
    "/objects": OFFICES,
    "/packs/verify": EVERYBODY,
    "/people": ADMINS,
    "/people/<string:person_id>": frozenset({"admin"}),
    "/people/events": ADMINS,
    "/people/invite": ADMINS,
    "/qualifications": EVERYBODY - {"engineer", "stranger", "service", "provider"},
    "/qualifications/<qualification_id>/file": frozenset(),
    "/rollouts": OFFICES,
    "/rollouts/<job_id>": frozenset(),  # of who asked for it alone, and the tests ask for none
    "/rollouts/<job_id>/refused.csv": frozenset(),
    "/rollouts/<job_id>/state": frozenset(),
    "/sites": EVERYBODY,
    "/sites/<site_id>": INSIDERS,
    "/sites/<site_id>/checklists": INSIDERS,
    "/sites/<site_id>/checklists.csv": INSIDERS,
    "/sites/<site_id>/checklists.pdf": INSIDERS,
    "/sites/<site_id>/held": REVIEWER,
    "/sites/<site_id>/items/<key>": INSIDERS,
    "/sites/<site_id>/jobs/<job_id>": INSIDERS,
    "/sites/<site_id>/journal": WORKING,
    "/sites/<site_id>/one-line": INSIDERS,
    "/sites/<site_id>/one-line.svg": INSIDERS,
    "/sites/<site_id>/packs": INSIDERS,
    "/sites/<site_id>/packs/<pack_id>.pdf": STAFF | {"provider"},
    "/sites/<site_id>/paper": INSIDERS,
    "/sites/<site_id>/photos/<sha256>": INSIDERS,
    "/sites/<site_id>/probe": INSIDERS,
    "/sites/<site_id>/probe-runs/<int:run>.json": INSIDERS,
    "/sites/<site_id>/proposals": INSIDERS,
    "/sites/<site_id>/review": INSIDERS,
    "/sites/<site_id>/revise": OFFICE,
    "/sites/<site_id>/revisions": INSIDERS,
    "/sites/<site_id>/revisions/preview/<job_id>": frozenset(),
    "/sites/<site_id>/site-plan.json": INSIDERS,
    "/sites/<site_id>/study": INSIDERS,
    "/sites/new": OFFICES,
    "/sites/new/<design_id>": OFFICES,
    "/sites/new/<design_id>/preview/<job_id>": frozenset(),
    "/tablets": TABLETS,
    "/tokens": OFFICES,
    "/unsent": frozenset({"reviewer", "contractor", "other_contractor"}),
}

Form = dict[str, str]
_ITEM: Form = {"item": "none", "comment": "x"}
FORMS: dict[str, tuple[frozenset[str], Form]] = {
    "/account/password": (EVERYBODY, {}),
    "/account/sessions/end": (EVERYBODY, {}),
    "/account/sessions/end-all": (EVERYBODY, {}),
    "/account/tokens/<string:token_id>/revoke": (OFFICE, {}),  # an agent's, made by the engineer
    "/instruments": (TABLETS | ADMINS, {}),
    "/instruments/<instrument_id>/certificates": (BUILDERS, {}),
    "/instruments/<instrument_id>/retire": (BUILDERS, {}),
    "/instruments/certificates/<certificate_id>/revoke": (BUILDERS, {"reason": "x"}),
    "/jobs/<job_id>/cancel": (OFFICE, {}),
    "/jobs/<job_id>/retry": (OFFICE, {}),
    "/packs/verify": (EVERYBODY, {}),
    "/people/<string:person_id>/activate": (frozenset({"admin"}), {}),
    "/people/<string:person_id>/deactivate": (frozenset({"admin"}), {}),
    "/people/<string:person_id>/end-sessions": (frozenset({"admin"}), {}),
    "/people/<string:person_id>/role": (frozenset({"admin"}), {"role": "engineer"}),
    "/people/<string:person_id>/unlock": (frozenset({"admin"}), {}),
    "/people/invitations/<string:invitation_id>/resend": (frozenset({"admin"}), {}),
    "/people/invitations/<string:invitation_id>/revoke": (frozenset({"admin"}), {}),
    "/people/invite": (ADMINS, {}),
    "/qualifications/<person_id>": (frozenset({"admin"}), {}),
    "/qualifications/<qualification_id>/revoke": (frozenset({"admin", "foreman"}), {"reason": "x"}),
    "/rollouts": (OFFICES, {}),
    "/rollouts/<job_id>/open": (frozenset(), {}),
    "/sign-out": (EVERYBODY, {}),
    "/sites/<site_id>/assign": (OFFICE, {"organisation": "none"}),
    "/sites/<site_id>/assignments/<assignment_id>/end": (OFFICE, {}),
    "/sites/<site_id>/drift": (INSIDERS, {}),
    "/sites/<site_id>/held/<int:number>/adopt": (REVIEWER, {}),
    "/sites/<site_id>/held/<int:number>/set-aside": (REVIEWER, {"comment": "x"}),
    "/sites/<site_id>/packs": (STAFF - {"service"}, {}),
    "/sites/<site_id>/paper": (CONTRACTOR, {"do": "check"}),
    "/sites/<site_id>/probe-jobs": (frozenset({"engineer", "contractor"}), {}),
    "/sites/<site_id>/proposals/accept": (OFFICE, {"proposal": "none"}),
    "/sites/<site_id>/proposals/refuse": (OFFICE, {"proposal": "none", "reason": "x"}),
    "/sites/<site_id>/review/accept-not-applicable": (REVIEWER, {"item": "none"}),
    "/sites/<site_id>/review/approve": (REVIEWER, {"confirm": "yes"}),
    "/sites/<site_id>/review/concede": (REVIEWER, _ITEM),
    "/sites/<site_id>/review/return": (REVIEWER, _ITEM),
    "/sites/<site_id>/revise": (OFFICE, {"text": "name: x", "reason": "x"}),
    "/sites/<site_id>/revisions": (OFFICE, {"job": "none"}),
    "/sites/<site_id>/sections": (OFFICE | BUILDERS, {"title": "x", "station": "CH01"}),
    "/sites/<site_id>/sections/<section_id>/approve": (REVIEWER, {"confirm": "yes"}),
    "/sites/<site_id>/sections/<section_id>/remove": (OFFICE | BUILDERS, {}),
    "/sites/<site_id>/sections/<section_id>/submit": (CONTRACTOR, {}),
    "/sites/<site_id>/submit": (CONTRACTOR, {}),
    "/sites/new/<design_id>": (OFFICES, {}),
    "/sites/new/<design_id>/open": (OFFICES, {"job": "none"}),
    "/tablets/<tablet_id>/rename": (CONTRACTOR | {"foreman"}, {"name": "x"}),
    "/tablets/<tablet_id>/revoke": (CONTRACTOR | {"foreman"}, {}),
    "/tablets/pair": (TABLETS, {}),
    "/tokens": (OFFICES, {}),
    "/tokens/<string:token_id>/revoke": (OFFICE, {}),
    "/unsent": (frozenset({"reviewer", "contractor", "other_contractor"}), {}),
}
#: Refused by the file that they bring first; who may is tested where they are.
WITH_FILES = frozenset({"/sites/<site_id>/probe"})
