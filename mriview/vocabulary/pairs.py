"""Structures in words, a pair that is meant on both sides said once.

The labels are those of the table; which structures a condition needs is said in its row.
"""

from collections.abc import Iterable

from mriview.vocabulary.rows import Label, Structure
from mriview.vocabulary.toml_rows import read_table


def structure_labels(names: Iterable[str]) -> tuple[Label, ...]:
    """Give the labels of structures, in the order of the table.

    Parameters
    ----------
    names : iterable of str
        Row ids, such as ``iac_r``.

    Examples
    --------
    >>> [label.en for label in structure_labels(["iac_l", "brain", "iac_r"])]
    ['internal auditory canal, both sides', 'brain']
    >>> [label.de for label in structure_labels(["iac_l"])]
    ['innerer Gehörgang, links']
    """
    wanted = set(names)
    found: list[Label] = []
    for row in read_table("structures", Structure).values():
        left = f"{row.id.removesuffix('_r')}_l"
        if row.id not in wanted:
            continue
        if row.both is not None and left in wanted:
            found.append(row.both)
            wanted.discard(left)
        else:
            found.append(row.label)
    return tuple(found)
