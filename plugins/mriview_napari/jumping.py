"""From what is open to the field in which it is said: one table of paths and widgets.

The first row that fits a path leads; the last ones catch what has no field of its own, by its
stage. Whoever asks turns to the stage first, since leaving one closes what was begun there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from qtpy.QtWidgets import QTabWidget, QWidget

from mriview.review import SideName
from mriview_napari.panels.causes import CausesPanel
from mriview_napari.panels.contacts import ContactsPanel
from mriview_napari.panels.controls import Answers
from mriview_napari.panels.export import ExportPanel
from mriview_napari.panels.fields import Folds
from mriview_napari.panels.nerves import NervesPanel
from mriview_napari.panels.series import SeriesPanel

Panel = SeriesPanel | NervesPanel | ContactsPanel | CausesPanel | ExportPanel
Stage = Literal["series", "nerves", "contacts", "causes", "export"]


@dataclass(frozen=True, slots=True)
class Panels:
    """The panels of the dock, one a stage."""

    series: SeriesPanel
    nerves: NervesPanel
    contacts: ContactsPanel
    causes: CausesPanel
    export: ExportPanel

    def __iter__(self) -> Iterator[Panel]:
        return iter((self.series, self.nerves, self.contacts, self.causes, self.export))


Find = Callable[[Panels, re.Match[str]], QWidget]


def _pressable(answers: Answers) -> QWidget:
    """Give the last answer that may be pressed: it claims least, should a key slip."""
    allowed = [each for each in answers.buttons.values() if each.isEnabled()]
    return allowed[-1] if allowed else answers


def _cause(panels: Panels, found: re.Match[str]) -> QWidget:
    asked = [q for q in panels.causes.desk.questions() if q.mandatory or _said(panels, q.condition)]
    row = panels.causes.rows[asked[int(found["number"])].condition]
    return _pressable(row.answers)


def _said(panels: Panels, condition: str) -> bool:
    state = panels.causes.desk.state
    marked = any(lesion.condition == condition for lesion in state.lesions)
    return marked or condition in state.exclusions


def _chosen_contact(panels: Panels, found: re.Match[str]) -> ContactsPanel:
    contacts = panels.contacts.desk.state.contacts
    mine = [n for n, contact in enumerate(contacts) if contact.side == found["side"]]
    panels.contacts.list.setCurrentRow(mine[int(found["number"])])
    return panels.contacts


def _side(found: re.Match[str]) -> SideName:
    return "right" if found["side"] == "right" else "left"


def _decision(panels: Panels, found: re.Match[str]) -> QWidget:
    return _chosen_contact(panels, found).accept_button


def _morphology(panels: Panels, found: re.Match[str]) -> QWidget:
    contacts = _chosen_contact(panels, found)
    contacts.edit()
    return next(iter(contacts.form.morphology.values()))


def _severity(panels: Panels, found: re.Match[str]) -> QWidget:
    contacts = _chosen_contact(panels, found)
    contacts.edit()
    usual = next(iter(contacts.form.severity.rows.values()))
    return next(iter(usual.buttons.values()))


def _edit(panels: Panels, found: re.Match[str]) -> QWidget:
    return _chosen_contact(panels, found).edit_button


def _landmark(panels: Panels, found: re.Match[str]) -> QWidget:
    return panels.nerves.sides[_side(found)].landmarks[found["landmark"]].button


def _nerve(panels: Panels, found: re.Match[str]) -> QWidget:
    return panels.nerves.sides[_side(found)].mark_button


def _confidence(panels: Panels, found: re.Match[str]) -> QWidget:
    return _pressable(panels.contacts.sides[_side(found)].confidence)


def _offender(panels: Panels, found: re.Match[str]) -> QWidget:
    return panels.contacts.sides[_side(found)].offender


def _assessment(panels: Panels, found: re.Match[str]) -> QWidget:
    return _pressable(panels.contacts.sides[_side(found)].assessment)


SIDE, NUMBER = r"\$\.sides\.(?P<side>right|left)", r"\[(?P<number>\d+)\]"
PLACES: tuple[tuple[str, Stage, Find], ...] = (
    (r"\$\.clinical\.blinded", "export", lambda p, _: _pressable(p.export.clinical.blinded)),
    (r"\$\.clinical\.syndrome", "export", lambda p, _: p.export.clinical.syndrome),
    (r"\$\.clinical", "export", lambda p, _: _pressable(p.export.clinical.blinded)),
    (r"\$\.sign_off\.acknowledged", "causes", lambda p, _: p.causes.acknowledge_button),
    (r"\$\.sign_off", "export", lambda p, _: p.export.role),
    (rf"\$\.exclusions{NUMBER}", "causes", _cause),
    (r"\$\.lesions", "causes", lambda p, _: p.causes.mass.condition),
    (rf"{SIDE}\.contacts{NUMBER}\.decision", "contacts", _decision),
    (rf"{SIDE}\.contacts{NUMBER}\.morphology", "contacts", _morphology),
    (rf"{SIDE}\.contacts{NUMBER}\.severity", "contacts", _severity),
    (rf"{SIDE}\.contacts{NUMBER}", "contacts", _edit),
    (rf"{SIDE}\.nerves\.facial\.landmarks\.(?P<landmark>rdp|tz_end|porus)", "nerves", _landmark),
    (rf"{SIDE}\.nerves", "nerves", _nerve),
    (rf"{SIDE}\.confidence", "contacts", _confidence),
    (rf"{SIDE}\.offender", "contacts", _offender),
    (SIDE, "contacts", _assessment),
    (r"\$\.(study|protocol|registrations)", "series", lambda p, _: p.series.first_button),
    (r"\$", "export", lambda p, _: p.export.impression.text),
)


def stage_of(path: str) -> Stage:
    """Name the stage in which a field of the report is said."""
    return _place_of(path)[0]


def field_of(path: str, panels: Panels) -> QWidget:
    """Find the widget in which a field is said, opening what hides it.

    Parameters
    ----------
    path : str
        JSON path in the report.
    panels : Panels
        With the stage of the field in front.

    Returns
    -------
    QWidget
        Visible once its stage is in front.
    """
    _, find, found = _place_of(path)
    field = find(panels, found)
    unfold(field)
    return field


def unfold(widget: QWidget) -> None:
    """Open every fold that a widget lies in."""
    inside: QWidget | None = widget
    while inside is not None:
        around = inside.parentWidget()
        if isinstance(around, Folds):
            for title, part in around.parts.items():
                if part is inside:
                    around.open(title)
        inside = around


def turn_to(tabs: QTabWidget, panel: QWidget) -> None:
    """Bring the tab of a panel to the front."""
    for index in range(tabs.count()):
        page = tabs.widget(index)
        if page is not None and page.isAncestorOf(panel):
            tabs.setCurrentIndex(index)


def _place_of(path: str) -> tuple[Stage, Find, re.Match[str]]:
    for pattern, stage, find in PLACES:
        found = re.match(pattern, path)
        if found:
            return stage, find, found
    raise ValueError(path)
