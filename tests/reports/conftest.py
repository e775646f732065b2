"""The sample site rendered and sealed once per session: rendering takes seconds."""

import dataclasses
import datetime as dt

import pytest

from reports.authority import SealIdentity, ensure
from reports.model import HandoverPack
from reports.render import render
from reports.seal import seal
from tests.reports.sample_pack import sample

ISSUED = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def pack() -> HandoverPack:
    return sample()


@pytest.fixture(scope="session")
def small_pack() -> HandoverPack:
    """A pack of few pages: one photo, some records, no probe run."""
    whole = sample(photos=1)
    kept = tuple(record for record in whole.records if record.item.tag in {"SITE", "DB2", "F03"})
    return dataclasses.replace(whole, records=kept, probe_runs=(), figures={})


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> SealIdentity:
    return ensure(tmp_path_factory.mktemp("home") / "pki", organisation="ChargeGrid AG")


@pytest.fixture(scope="session")
def rendered(pack: HandoverPack) -> bytes:
    return render(pack)


@pytest.fixture(scope="session")
def sealed(rendered: bytes, identity: SealIdentity) -> bytes:
    return seal(rendered, identity, reason="Handover", at=ISSUED)


@pytest.fixture(scope="session")
def small_rendered(small_pack: HandoverPack) -> bytes:
    return render(small_pack)


@pytest.fixture(scope="session")
def small_sealed(small_rendered: bytes, identity: SealIdentity) -> bytes:
    return seal(small_rendered, identity, reason="Handover", at=ISSUED)
