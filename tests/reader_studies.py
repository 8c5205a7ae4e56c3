"""Reader studies for tests: tidy rows as ``rows_of`` gives them, written down instead of read.

Two sides a study, an answer of each reader to each; what is not given is empty. Readings of real
scans have tests of their own: here it is counted who said what.
"""

from mriview.exporters.tables import tables


def a_row(table, **said):
    """A row with every column of its table, empty where nothing is said."""
    cells = dict.fromkeys(column.name for column in tables()[table].columns)
    unknown = set(said) - set(cells)
    assert not unknown, unknown
    return {**cells, **said}


def no_rows():
    return {name: [] for name in tables()}


def add_reading(rows, study, reader, sides=None, causes=None, lesions=(), **said):
    """Put the rows of one reading below the others.

    ``sides``: by side an assessment, or a mapping with ``assessment`` and what else is said of the
    side; under ``contact`` the columns of its offender, under ``grades`` grades by scale.
    """
    number = said.pop("number", 1)
    shared = {
        "study_key": study,
        "report_id": said.pop("report_id", f"{study}-{reader}-{number}"),
        "status": said.pop("status", "final"),
        "reader": reader,
        "pass": number,
        "blind": True,
    }
    created = said.pop("created", f"2026-01-0{number}T00:00:00+00:00")
    study_row = {"pseudonym": study, "created": created, "reference_series": "aaaaaaaa", **said}
    rows["studies"].append(a_row("studies", **shared, **study_row))
    for side in ("right", "left"):
        given = (sides or {}).get(side)
        given = dict(given) if isinstance(given, dict) else {"assessment": given}
        contact, grades = given.pop("contact", None), given.pop("grades", {})
        offender = None if contact is None else f"c-{side}"
        row = a_row("sides", **shared, side=side, offender=offender, **given)
        rows["sides"].append(row)
        if contact is not None:
            at = {"side": side, "contact": offender}
            rows["contacts"].append(a_row("contacts", **shared, **at, **contact))
            rows["contact_grades"] += [
                a_row("contact_grades", **shared, **at, scale=scale, grade=grade)
                for scale, grade in grades.items()
            ]
    for condition, answer in (causes or {}).items():
        derived = answer == "derived"
        said = "indeterminate" if derived else answer
        cells = {"condition": condition, "answer": said, "derived": derived}
        rows["exclusions"].append(a_row("exclusions", **shared, **cells))
    for number, lesion in enumerate(lesions, start=1):
        rows["lesions"].append(a_row("lesions", **shared, lesion=f"l{number}", **lesion))
    return rows


def a_study_of(*answers, readers=("A", "B")):
    """Rows of as many studies as there are answers; each answer is a pair, or more, of both sides.

    ``a_study_of((("contact", "no_contact"), ("contact", "contact")))``: one study; on the right A
    said contact and B no contact, on the left both said contact.
    """
    rows = no_rows()
    for number, (right, left) in enumerate(answers):
        for reader, on_right, on_left in zip(readers, right, left, strict=True):
            add_reading(rows, f"s{number:04}", reader, {"right": on_right, "left": on_left})
    return rows
