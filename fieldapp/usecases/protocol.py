"""The versions of the sync protocol that this server speaks: the present one and the one before."""

from fieldapp.problems import Problem

PROTOCOL = 2
PROTOCOLS = (1, 2)


def spoken(asked: object) -> int:
    """Return the version that a tablet asks for; one that is not spoken here is told which ones are."""
    for each in PROTOCOLS:
        if asked == each and not isinstance(asked, bool):
            return each
    known = " and ".join(str(each) for each in PROTOCOLS)
    raise Problem(
        "update_needed", protocol=str(asked)[:20], spoken=known, extra={"protocols": list(PROTOCOLS)}
    )


def announced(asked: object) -> dict[str, object]:
    """Return what an answer says of the protocol: the version that is spoken, and from 2 on all there are."""
    version = spoken(asked)
    return {"protocol": version} if version == 1 else {"protocol": version, "protocols": list(PROTOCOLS)}
