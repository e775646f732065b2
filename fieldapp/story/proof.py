"""What a server can show for itself: its journal against what left the house, and every stored file."""

from pathlib import Path

from fieldapp.usecases import check_journal, journal_heads, verify_objects
from fieldapp.usecases.check_journal import JournalCheck
from fieldapp.usecases.verify_objects import ObjectsCheck


def hold_against(site: str, pack: Path) -> tuple[JournalCheck, ObjectsCheck]:
    """Check a journal against a downloaded pack and all that was given out, and every stored file."""
    given = journal_heads.of_file(pack.name, pack.read_bytes())
    [journal] = check_journal.verify_journals(site, given=given)
    return journal, verify_objects.verify_objects(quick=False)


def in_words(journal: JournalCheck, files: ObjectsCheck) -> tuple[str, str]:
    """Return what was found, a sentence each."""
    first = (
        f"Journal: {journal.entries} entries, chain and signatures intact, "
        f"{journal.compared} of their hashes as they were given out."
    )
    wrong = [each for each in files.findings if each.problem in ("lost", "damaged")]
    second = f"Stored files: {files.objects}, each with its SHA-256."
    return (
        first if journal.good else f"Journal: {journal.problems[0]}",
        second if files.good else f"Stored files: {len(wrong)} of {files.objects} lost or damaged.",
    )
