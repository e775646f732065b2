"""Instruments as judging needs them: with every certificate that was not revoked."""

from collections.abc import Iterable

from sqlmodel import Session

from checklists.instruments import kind_of
from checklists.model import Calibration, Instrument
from fieldapp.store import instruments
from fieldapp.tables import InstrumentRow


def instruments_of(session: Session, rows: Iterable[InstrumentRow]) -> dict[str, Instrument]:
    """Return instruments by id; a reading counts under the certificate of its own day, not of today."""
    wanted = {row.id: row for row in rows}
    held = instruments.certificates(session, wanted) if wanted else {}
    return {
        key: Instrument(
            key,
            kind_of(row.kind),
            tuple(
                Calibration(each.calibrated_on, each.calibration_due)
                for each in held.get(key, ())
                if each.revoked_at is None
            ),
        )
        for key, row in wanted.items()
    }
