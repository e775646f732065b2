"""`handover-pack` as a service person calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from reports.__main__ import main
from reports.authority import SealIdentity
from reports.manifest import canonical, manifest
from reports.model import HandoverPack

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"


@pytest.fixture
def folder(
    tmp_path: Path, small_sealed: bytes, identity: SealIdentity, monkeypatch: pytest.MonkeyPatch
) -> Path:
    (tmp_path / "pack.pdf").write_bytes(small_sealed)
    (tmp_path / "root.pem").write_bytes(identity.root_pem)
    broken = bytearray(small_sealed)
    broken[1000] ^= 1
    (tmp_path / "broken.pdf").write_bytes(bytes(broken))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FIELDAPP_HOME", raising=False)
    return tmp_path


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, " ".join(result.output.split())


def test_a_good_pack_ends_with_0(folder: Path) -> None:
    code, said = call("verify", "pack.pdf", "--root", "root.pem")
    assert code == 0
    assert said.startswith("VALID: sealed by ChargeGrid AG handover seal")
    assert said.count("✔") == 5
    assert "as the seal claims (not proven)" in said


def test_a_changed_pack_ends_with_1(folder: Path) -> None:
    code, said = call("verify", "broken.pdf", "--root", "root.pem")
    assert code == 1
    assert said.startswith("DO NOT TRUST this file: its bytes were changed after it was sealed.")


def test_without_a_root_it_says_intact_but_not_trusted(folder: Path) -> None:
    code, said = call("verify", "pack.pdf")
    assert code == 1
    assert "no root certificate is at hand" in said
    assert "✔ Intact" in said
    assert "✘ Trusted" in said
    assert "give --root root.pem" in said


@pytest.mark.parametrize("home", ["var", "elsewhere"])
def test_the_instances_own_root_is_found(
    home: str, folder: Path, identity: SealIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / home / "pki").mkdir(parents=True)
    (folder / home / "pki" / "root.pem").write_bytes(identity.root_pem)
    if home != "var":
        monkeypatch.setenv("FIELDAPP_HOME", str(folder / home))
    assert call("verify", "pack.pdf")[0] == 0


@pytest.mark.parametrize("name", ["pack.pdf", "broken.pdf"])
def test_json_follows_its_schema(name: str, folder: Path) -> None:
    schema = json.loads((CONTRACTS / "verification.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    result = CliRunner().invoke(main, ["verify", name, "--root", "root.pem", "--json"])
    printed = json.loads(result.stdout)
    assert list(Draft202012Validator(schema).iter_errors(printed)) == []
    assert printed["good"] == (result.exit_code == 0) == (name == "pack.pdf")


def test_a_wrong_call_ends_with_2(folder: Path) -> None:
    assert call("verify", "missing.pdf")[0] == 2
    (folder / "bad.pem").write_text("nonsense")
    code, said = call("verify", "pack.pdf", "--root", "bad.pem")
    assert (code, said) == (2, "The trusted root is not a PEM certificate; give the issuer's root.pem.")


def test_the_data_comes_out_as_it_went_in(folder: Path, small_pack: HandoverPack) -> None:
    result = CliRunner().invoke(main, ["manifest", "pack.pdf"])
    assert result.exit_code == 0
    assert result.stdout_bytes == canonical(manifest(small_pack))
    assert call("manifest", "pack.pdf", "--output", "out.json")[0] == 0
    assert (folder / "out.json").read_bytes() == result.stdout_bytes


def test_no_data_comes_out_of_a_changed_pack(folder: Path) -> None:
    code, said = call("manifest", "broken.pdf")
    assert code == 1
    assert said == "broken.pdf: no data taken out, its bytes were changed after it was sealed."


@pytest.mark.parametrize("name", ["pack [red] [green].pdf", "[bold].pdf", os.fsdecode(b"pack\xff.pdf")])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_file_may_have_any_name(folder: Path, name: str, options: tuple[str, ...]) -> None:
    (folder / "pack.pdf").rename(folder / name)
    code, said = call("verify", name, "--root", "root.pem", *options)
    assert code == 0
    assert os.fsencode(name).decode("utf-8", "replace") in said


@pytest.mark.parametrize("file", ["pack.pdf", "broken.pdf"])
def test_a_reader_that_leaves_early_got_no_verdict(folder: Path, file: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "reports", "verify", file, "--root", "root.pem"],
            cwd=folder, stdout=gone, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (4, "")


@pytest.mark.parametrize("arguments", [["verify", "pack.pdf", "--root", "root.pem"], ["--help"]])
def test_a_full_disk_behind_stdout_is_no_verdict(folder: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reports", *arguments],
            cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.splitlines() == ["The output can't be written: No space left on device."]
