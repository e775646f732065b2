"""The record of a load step as JSON, in a report: marshmallow schemas and the way back."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, get_args

from marshmallow import fields, validate

from device_probe.finding_schema import BlockSchema, is_moment
from device_probe.load_step.record import (
    How,
    KnownLoad,
    LeftAlone,
    LoadStepRecord,
    Need,
    RawRead,
    RecordedHold,
    RecordedRound,
    SetPointWrite,
)
from device_probe.load_step.result import dump_result
from device_probe.load_step.result_schema import ResultSchema, result_of
from device_probe.model import RawBlock
from device_probe.problems import PlanFileError
from device_probe.profile_schema import Strict

SECONDS = validate.Range(0, 1e7)
MOST_HOLDS, MOST_ROUNDS = 500, 2000


class ReadSchema(Strict):
    """One device read once."""

    tag = fields.String(required=True)
    taken_at = fields.String(required=True, validate=is_moment)
    blocks = fields.List(fields.Nested(BlockSchema), load_default=list)
    problem = fields.String(load_default=None, allow_none=True)


class RoundSchema(Strict):
    """What was read at about the same moment."""

    at_s = fields.Float(required=True, validate=SECONDS)
    reads = fields.List(fields.Nested(ReadSchema), required=True)


class HoldSchema(Strict):
    """One state."""

    lowered = fields.List(fields.String(), required=True)
    changed_at_s = fields.Float(load_default=None, allow_none=True, validate=SECONDS)
    following = fields.List(
        fields.Nested(RoundSchema), load_default=list, validate=validate.Length(max=MOST_ROUNDS)
    )
    rounds = fields.List(fields.Nested(RoundSchema), required=True, validate=validate.Length(max=MOST_ROUNDS))


class LoadSchema(Strict):
    """One test load as found."""

    tag = fields.String(required=True)
    quantity = fields.String(required=True)
    unit = fields.String(required=True)
    found = fields.Float(required=True)
    low = fields.Float(required=True)
    low_a = fields.Float(required=True)
    drawn_a = fields.Float(required=True)
    limit = fields.Float(required=True)
    refresh_s = fields.Float(load_default=None, allow_none=True)
    failsafe_a = fields.Float(load_default=None, allow_none=True)
    watchdog_s = fields.Float(load_default=None, allow_none=True)


class WriteSchema(Strict):
    """One value written."""

    at = fields.String(required=True)
    at_s = fields.Float(required=True, validate=SECONDS)
    tag = fields.String(required=True)
    quantity = fields.String(required=True)
    value = fields.Float(required=True)
    unit = fields.String(required=True)
    read_back = fields.Float(load_default=None, allow_none=True)
    problem = fields.String(load_default=None, allow_none=True)


class LeftAloneSchema(Strict):
    """One station to which nobody spoke for a time."""

    tag = fields.String(required=True)
    need = fields.String(required=True, validate=validate.OneOf(get_args(Need)))
    timeout_s = fields.Float(load_default=None, allow_none=True)
    failsafe_a = fields.Float(load_default=None, allow_none=True)
    from_s = fields.Float(required=True, validate=SECONDS)
    to_s = fields.Float(required=True, validate=SECONDS)
    before = fields.Nested(ReadSchema, required=True)
    after = fields.Nested(ReadSchema, required=True)


class RecordSchema(Strict):
    """A load step with its evidence and its result."""

    how = fields.String(required=True, validate=validate.OneOf(get_args(How)))
    started_at = fields.String(required=True)
    finished_at = fields.String(required=True)
    order = fields.String(required=True)
    follow_s = fields.Float(required=True, validate=SECONDS)
    tests = fields.List(fields.String(), required=True)
    known = fields.List(fields.Nested(LoadSchema), data_key="loads", load_default=list)
    survey = fields.List(fields.Nested(ReadSchema), load_default=list)
    holds = fields.List(fields.Nested(HoldSchema), required=True, validate=validate.Length(max=MOST_HOLDS))
    writes = fields.List(fields.Nested(WriteSchema), load_default=list)
    left_alone = fields.List(fields.Nested(LeftAloneSchema), load_default=list)
    result = fields.Nested(ResultSchema, required=True)


def record_of(loaded: dict[str, Any]) -> LoadStepRecord:
    """Return a checked record as its value."""
    made = {
        "tests": tuple(loaded["tests"]),
        "loads": tuple(KnownLoad(**raw) for raw in loaded.pop("known")),
        "survey": tuple(_read(raw) for raw in loaded["survey"]),
        "holds": tuple(_hold(raw) for raw in loaded["holds"]),
        "writes": tuple(SetPointWrite(**raw) for raw in loaded["writes"]),
        "left_alone": tuple(
            LeftAlone(**{**raw, "before": _read(raw["before"]), "after": _read(raw["after"])})
            for raw in loaded["left_alone"]
        ),
        "result": result_of(loaded["result"]),
    }
    return LoadStepRecord(**{**loaded, **made})


def check_devices(record: LoadStepRecord, known: Collection[str], name: str) -> None:
    """Raise PlanFileError when a record tells of a device that is not in the plan."""
    told = [*record.tests, *(load.tag for load in record.loads), *(one.tag for one in record.left_alone)]
    told += [read.tag for hold in record.holds for one in hold.rounds for read in one.reads]
    for tag in told:
        if tag not in known:
            raise PlanFileError(f"{name}: its load step tells of {tag}, which is not in the plan.")


def dump_record(record: LoadStepRecord) -> dict[str, Any]:
    """Return a record as its JSON document; record_of gives the same record back."""
    return {
        "how": record.how, "started_at": record.started_at, "finished_at": record.finished_at,
        "order": record.order, "follow_s": record.follow_s, "tests": list(record.tests),
        "loads": [asdict(one) for one in record.loads],
        "survey": [_dump_read(one) for one in record.survey],
        "holds": [
            {"lowered": list(hold.lowered), "changed_at_s": hold.changed_at_s,
             "following": _dump_rounds(hold.following), "rounds": _dump_rounds(hold.rounds)}
            for hold in record.holds
        ],
        "writes": [asdict(one) for one in record.writes],
        "left_alone": [
            {"tag": one.tag, "need": one.need, "timeout_s": one.timeout_s, "failsafe_a": one.failsafe_a,
             "from_s": one.from_s, "to_s": one.to_s, "before": _dump_read(one.before),
             "after": _dump_read(one.after)}
            for one in record.left_alone
        ],
        "result": dump_result(record.result),
    }  # fmt: skip


def _dump_rounds(rounds: Sequence[RecordedRound]) -> list[dict[str, Any]]:
    return [{"at_s": one.at_s, "reads": [_dump_read(read) for read in one.reads]} for one in rounds]


def _dump_read(read: RawRead) -> dict[str, Any]:
    document: dict[str, Any] = {"tag": read.tag, "taken_at": read.taken_at}
    if read.blocks:
        document["blocks"] = [
            {"unit": b.unit, "table": b.table, "address": b.address, "count": b.count,
             "data_hex": b.data_hex, "taken_at": b.taken_at}
            for b in read.blocks
        ]  # fmt: skip
    if read.problem is not None:
        document["problem"] = read.problem
    return document


def _read(raw: dict[str, Any]) -> RawRead:
    blocks = tuple(RawBlock(**block) for block in raw["blocks"])
    return RawRead(raw["tag"], raw["taken_at"], blocks, raw["problem"])


def _rounds(raw: list[dict[str, Any]]) -> tuple[RecordedRound, ...]:
    return tuple(RecordedRound(one["at_s"], tuple(_read(read) for read in one["reads"])) for one in raw)


def _hold(raw: dict[str, Any]) -> RecordedHold:
    return RecordedHold(
        tuple(raw["lowered"]), raw["changed_at_s"], _rounds(raw["following"]), _rounds(raw["rounds"])
    )
