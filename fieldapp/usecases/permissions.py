"""Who may do what: one table of roles, one rule of who sees a site, four eyes, and the states of a site."""

from collections.abc import Mapping

from sqlmodel import Session

from checklists.model import Progress
from fieldapp.problems import Problem, not_found
from fieldapp.store import assignments, operations, records, sections, sites
from fieldapp.tables import SiteRow
from fieldapp.usecases import states
from fieldapp.usecases.viewer import Role, Viewer

#: verb -> roles. Seeing a site comes first: who may not see it gets 404 for every verb.
ALLOWED: Mapping[str, frozenset[Role]] = {
    "view": frozenset({"engineer", "contractor", "reviewer", "service", "admin"}),
    "open_site": frozenset({"engineer", "admin"}),
    "assign": frozenset({"engineer", "admin"}),
    "work": frozenset({"contractor"}),
    "submit": frozenset({"contractor"}),
    "define_section": frozenset({"engineer", "contractor", "admin"}),
    "remove_section": frozenset({"engineer", "contractor", "admin"}),
    "submit_section": frozenset({"contractor"}),
    "approve_section": frozenset({"reviewer"}),
    "upload_probe": frozenset({"contractor", "engineer"}),
    "return": frozenset({"reviewer"}),
    "concede": frozenset({"reviewer"}),
    "accept_na": frozenset({"reviewer"}),
    "approve": frozenset({"reviewer"}),
    "issue_pack": frozenset({"engineer", "reviewer", "admin"}),
    "revise": frozenset({"engineer", "admin"}),
    "decide_deviation": frozenset({"engineer", "admin"}),
    "download_pack": frozenset({"engineer", "reviewer", "service", "admin"}),
    "compare_sites": frozenset({"reviewer"}),
    "decide_held": frozenset({"reviewer"}),
    "import_unsent": frozenset({"contractor", "reviewer"}),
    "read_journal": frozenset({"engineer", "contractor", "reviewer", "admin"}),
    "manage_tokens": frozenset({"engineer", "admin"}),
    "manage_people": frozenset({"admin"}),
    "manage_jobs": frozenset({"engineer", "admin"}),
    "see_instruments": frozenset({"engineer", "contractor", "reviewer", "admin"}),
    "manage_instruments": frozenset({"contractor", "admin"}),
    "see_qualifications": frozenset({"contractor", "reviewer", "admin"}),
    "manage_qualifications": frozenset({"admin"}),
}

#: What a site's owner alone does; an administrator of a contractor has the role, but not the site.
OF_OPERATORS = frozenset({
    "open_site", "assign", "return", "concede", "accept_na", "approve", "approve_section", "issue_pack",
    "revise", "decide_deviation", "compare_sites", "manage_tokens", "manage_jobs",
})  # fmt: skip
#: kind of an organisation -> what nobody in it does, whatever their role.
_NOT_IN: Mapping[str, frozenset[str]] = {
    "contractor": OF_OPERATORS | {"download_pack"},
    "service_provider": OF_OPERATORS,
}

#: verb -> states of the site in which it may be done: what the table of transitions says.
IN_STATES: Mapping[str, frozenset[str]] = {
    verb: states.states_for("site", verb) for verb in ALLOWED if states.is_ruled("site", verb)
}


def require_role(viewer: Viewer, verb: str) -> None:
    """Refuse a verb that the viewer's role does not have."""
    if has_verb(viewer, verb):
        return
    if viewer.role in ALLOWED[verb]:
        raise Problem("forbidden", why="this is for the people of the operator.")
    roles = " or ".join(sorted(ALLOWED[verb]))
    raise Problem("forbidden", why=f"this takes the role {roles}, yours is {viewer.role}.")


def has_verb(viewer: Viewer, verb: str) -> bool:
    """True when the viewer's role, in an organisation like theirs, has the verb."""
    return viewer.role in ALLOWED[verb] and verb not in _NOT_IN.get(viewer.kind, frozenset())


def sees(session: Session, viewer: Viewer, site: SiteRow) -> bool:
    """True when the viewer may know of this site: it is their organisation's, or assigned to it today."""
    if viewer.only_sites is not None and site.id not in viewer.only_sites:
        return False
    if viewer.kind == "operator":
        if site.owner_id != viewer.organisation_id:
            return False
        return viewer.role != "service" or bool(records.packs(session, site.id))
    work = assignments.works(session, site, viewer.organisation_id)
    if viewer.kind == "contractor":
        return "build" in work
    return "service" in work and bool(records.packs(session, site.id))


def seen(session: Session, viewer: Viewer) -> list[SiteRow]:
    """Return every site that the viewer ``sees``, by name."""
    if viewer.kind == "operator":
        found = sites.listed(session, owner=viewer.organisation_id, with_pack=viewer.role == "service")
    else:
        work = "build" if viewer.kind == "contractor" else "service"
        found = assignments.sites_of(session, viewer.organisation_id, work)
    only = viewer.only_sites
    rows = (row for row in found if only is None or row.id in only)
    return sorted(rows, key=lambda row: (row.name, row.id))


def site_for(
    session: Session, viewer: Viewer, site_id: str, verb: str = "view", *, lock: bool = False
) -> SiteRow:
    """Return a site that the viewer sees and on which their role has the verb; in this order."""
    site = sites.lock(session, site_id) if lock else sites.get(session, site_id)
    if site is None or not sees(session, viewer, site):
        raise not_found("site")
    require_role(viewer, verb)
    return site


def require_state(site: SiteRow, verb: str) -> None:
    """Refuse a verb that the state of the site does not allow."""
    states.require(site, verb)


def is_author(session: Session, viewer: Viewer, site_id: str) -> bool:
    """True when the viewer recorded an operation or a probe run on the site."""
    return operations.has_authored(session, site_id, viewer.id) or records.has_probed(
        session, site_id, viewer.id
    )


def actions(session: Session, viewer: Viewer, site: SiteRow, progress: Progress) -> frozenset[str]:
    """Return the verbs that the viewer may do on the site now."""
    verbs = (
        "submit", "return", "concede", "accept_na", "approve", "issue_pack", "assign", "upload_probe",
        "revise", "decide_deviation", "define_section",
    )  # fmt: skip
    submitted = site.submissions > 0 or sections.any_submitted(session, site.id)
    found = {verb for verb in verbs if has_verb(viewer, verb) and states.may(site, verb, submitted=submitted)}
    if progress.blocks_submission:
        found.discard("submit")
    if progress.blocks_approval or is_author(session, viewer, site.id):
        found.discard("approve")
    if has_verb(viewer, "download_pack") and records.packs(session, site.id):
        found.add("download_pack")
    return frozenset(found)
