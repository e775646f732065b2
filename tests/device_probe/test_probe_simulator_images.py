"""Registers written by hand are served as they stand in their file."""

import socket
from pathlib import Path

import pytest

from device_probe.problems import PlanFileError
from device_probe.simulator import serve_image
from device_probe.simulator.raw_image import load_raw_image, parse_raw_image
from tests.device_probe.simulated_wire import Client, read, write

IMAGE = """
device: a meter written down by hand
units:
  5:
    input:
      0: "4366 3333"
      2: [0x4365, 26214]
    coil: {0: 1, 1: 0, 2: 1}
  6:
    holding: {40000: "53756e53 ffff"}
"""


def test_registers_written_by_hand_are_served_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "image.yaml"
    path.write_text(IMAGE)
    with serve_image(load_raw_image(path)) as place, socket.create_connection(place, timeout=10) as sock:
        client = Client(sock, 5)
        assert client.ask(read(4, 0, 4)).hex() == "040843663333" + "43656666"
        assert client.ask(read(1, 0, 3)).hex() == "010105"
        assert client.ask(read(3, 40000, 3), unit=6).hex() == "0306" + "53756e53ffff"
        assert client.ask(read(4, 0, 2), unit=9) == b"\x84\x0b"
        assert client.ask(write(0, (1,))) == b"\x90\x01"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "an image must map"),
        ({"x": {}}, "'x' is no unit id"),
        ({1: {"output": {}}}, "'output' is none of"),
        ({1: {"input": {70000: "0000"}}}, "70000 is no address"),
        ({1: {"input": {0: "123"}}}, "'123' is not 4 hex digits"),
        ({1: {"input": {0: "00010002", 1: "0003"}}}, "register 1 is given twice"),
        ({1: {"input": {0: [70000]}}}, "70000 is no register's content"),
    ],
)
def test_a_wrong_image_is_refused_in_one_sentence(document, words: str) -> None:
    with pytest.raises(PlanFileError, match=words):
        parse_raw_image(document, "image.yaml")
