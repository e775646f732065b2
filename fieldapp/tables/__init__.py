"""The tables. Rows only, no behaviour; JSON is text, so that its canonical bytes survive both databases.

Times are ISO 8601 text in UTC, as they stand in the journal.
"""

from fieldapp.tables.devices import (
    InstrumentCertificateRow,
    InstrumentRow,
    PairingRow,
    TabletKeyRow,
    TabletRow,
    TokenRow,
    TokenSiteRow,
)
from fieldapp.tables.evidence import (
    ObjectRow,
    PackRow,
    ProbeRunRow,
    RefusedObjectRow,
    RenditionRow,
    UploadRow,
)
from fieldapp.tables.journal import (
    AnchorRow,
    HeldOperationRow,
    JournalEntryRow,
    OperationRow,
    SignOffRow,
)
from fieldapp.tables.people import (
    AdminEventRow,
    IdentityRow,
    InvitationRow,
    OrganisationRow,
    PartnerRow,
    PersonRow,
    QualificationRow,
    SignInFailureRow,
    WebSessionRow,
)
from fieldapp.tables.sites import (
    AssignmentRow,
    ItemStateRow,
    ProposalRow,
    SectionRow,
    SiteRevisionRow,
    SiteRow,
)
from fieldapp.tables.work import (
    JobRow,
)

__all__ = [
    "AdminEventRow",
    "AnchorRow",
    "AssignmentRow",
    "HeldOperationRow",
    "IdentityRow",
    "InstrumentCertificateRow",
    "InstrumentRow",
    "InvitationRow",
    "ItemStateRow",
    "JobRow",
    "JournalEntryRow",
    "ObjectRow",
    "OperationRow",
    "OrganisationRow",
    "PackRow",
    "PairingRow",
    "PartnerRow",
    "PersonRow",
    "ProbeRunRow",
    "ProposalRow",
    "QualificationRow",
    "RefusedObjectRow",
    "RenditionRow",
    "SectionRow",
    "SignInFailureRow",
    "SignOffRow",
    "SiteRevisionRow",
    "SiteRow",
    "TabletKeyRow",
    "TabletRow",
    "TokenRow",
    "TokenSiteRow",
    "UploadRow",
    "WebSessionRow",
]
