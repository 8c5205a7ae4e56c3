"""The dock beside the picture: plane, undo, the prompt, five panels and one line of status.

It draws a state and hands on what a person does; which study is shown and where commands go is the
room's business. It knows no viewer: a test can show it alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import (  # type: ignore[attr-defined]  # qtpy's names in every binding
    QEvent,
    QEventLoop,
    Qt,
    Signal,
)
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]  # as above
from qtpy.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from mriview.review import ReviewState
from mriview_napari.jumping import Panels, field_of, stage_of, turn_to
from mriview_napari.keys import in_reading_order
from mriview_napari.panels.causes import CausesPanel
from mriview_napari.panels.contacts import ContactsPanel
from mriview_napari.panels.controls import Answers, button
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.export import ExportPanel
from mriview_napari.panels.nerves import NervesPanel
from mriview_napari.panels.series import SeriesPanel
from mriview_napari.space import PLANES
from mriview_napari.wording import signed_line

WIDTH_PX = 490  # three answers beside each other with their words whole
LAST_STAGE = "5 Report"
LOOK = """
QWidget { font-size: 13px; }
QPushButton { min-height: 24px; padding: 2px 6px; border-radius: 4px; background: #414851; }
QPushButton:hover { background: #5a626c; }
QPushButton:disabled { color: #868e93; background: #2f343b; }
QPushButton:checked { background: #007acc; color: white; }
QPushButton[derived="true"] { background: #2f343b; border: 1px dashed #7fa8c4; color: #cfd8de; }
QPushButton:checked:disabled { background: #31566f; color: #cfd8de; }
QPushButton[strong="true"] { background: #1f5f8b; color: white; }
QPushButton[strong="true"]:hover { background: #2a78ad; }
QPushButton[strong="true"]:disabled { color: #868e93; background: #2f343b; }
QPushButton[leads="true"] { text-align: left; padding-left: 8px;
                            border-left: 3px solid #d9a400; }
Part, Ticks { background: transparent; }
QPushButton:focus, QComboBox:focus, QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus {
    border: 1px solid #9fd0ff; }
QPlainTextEdit { background: #414851; border-radius: 3px; }
QCheckBox:focus { color: #9fd0ff; }
QLabel[heading="true"] { font-size: 15px; font-weight: bold; padding-top: 4px; }
QLabel[note="true"] { color: #c3c9ce; }
QFrame[card="true"] { background: #2b3038; border-radius: 5px; }
QFrame[card="true"] QLabel { background: transparent; }
QGroupBox { border: 1px solid #59636d; border-radius: 5px; margin-top: 14px; padding-top: 6px;
            font-weight: bold; }
QGroupBox QWidget { font-weight: normal; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; }
QLabel#prompt { background: #7a5c00; color: white; font-size: 14px; font-weight: bold;
                padding: 8px; border-radius: 4px; }
QLabel#signed { background: #31566f; color: white; font-weight: bold; padding: 8px;
                border-radius: 4px; }
QLabel#status { padding: 6px; border-radius: 4px; background: #20242a; }
QLabel#status[refused="true"] { background: #7d2222; color: white; }
QTabBar::tab { padding: 6px 8px; min-height: 22px; }
"""


class Dock(QWidget):
    """Everything a reader presses; the picture stays beside it.

    Parameters
    ----------
    desk : Desk
        The room.
    choose_folder : callable
        Asks for a folder to export to.
    """

    plane_chosen = Signal(str)
    undone = Signal()
    redone = Signal()
    cancelled = Signal()

    def __init__(self, desk: Desk, choose_folder: Callable[[], Path | None]) -> None:
        super().__init__()
        self.setObjectName("mriview")
        self.setMinimumWidth(WIDTH_PX)
        self.planes = Answers({name: name.capitalize() for name in PLANES})
        self.planes.chosen.connect(self.plane_chosen.emit)
        self.undo_button = button("Undo", self.undone.emit)
        self.redo_button = button("Redo", self.redone.emit)
        self.prompt = QLabel()
        self.prompt.setObjectName("prompt")
        self.prompt.setWordWrap(True)
        self.cancel_button = button("Stop", self.cancelled.emit)
        self.signed = QLabel()
        self.signed.setObjectName("signed")
        self.signed.setWordWrap(True)
        self.status = QLabel()
        self.status.setObjectName("status")
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.series = SeriesPanel(desk)
        self.nerves = NervesPanel(desk)
        self.contacts = ContactsPanel(desk)
        self.causes = CausesPanel(desk)
        self.export = ExportPanel(desk, choose_folder)
        self.panels = Panels(self.series, self.nerves, self.contacts, self.causes, self.export)
        self.tabs = QTabWidget()
        for title, panel in (
            ("1 Series", self.series),
            ("2 Nerves", self.nerves),
            ("3 Contacts", self.contacts),
            ("4 Other causes", self.causes),
            (LAST_STAGE, self.export),
        ):
            self.tabs.addTab(_Scrolled(panel), title)
        self.causes.lead_to.connect(self._scroll_to)
        self.export.missing.asked.connect(self.jump)
        self.tabs.currentChanged.connect(lambda _: self.cancelled.emit())
        self._lay_out()
        self.shortcuts = [
            self._shortcut("Ctrl+Z", self.undo_button),
            self._shortcut("Ctrl+Shift+Z", self.redo_button),
        ]
        self.ask("")
        self.say("")

    def dress(self) -> None:
        """Put on the look, once it stands in its window: before that each move styles it anew."""
        self.setStyleSheet(LOOK)

    def draw(self, state: ReviewState, *, can_undo: bool, can_redo: bool) -> None:
        """Show a state in every panel."""
        self.undo_button.setEnabled(can_undo)
        self.redo_button.setEnabled(can_redo)
        for panel in self.panels:
            panel.draw(state)
        still = len(self.export.missing.fields)
        title = f"{LAST_STAGE} ({still})" if still else LAST_STAGE
        self.tabs.setTabText(self.tabs.count() - 1, title)
        signed = signed_line(state)
        self.signed.setText(signed)
        self.signed.setVisible(bool(signed))
        for panel in (self.series, self.nerves, self.causes):
            panel.setEnabled(not signed)  # of contacts and report a part still serves

    def stop(self) -> None:
        """Drop what was begun and not sent, in every panel."""
        for panel in (self.nerves, self.contacts, self.causes):
            panel.stop()

    def begun(self) -> str:
        """Name what was begun here and not kept; nothing where there is none."""
        export = self.export
        begun = {
            "what the prompt asks for": bool(self.prompt.text()),
            "the contact": not self.contacts.form.isHidden(),
            "the impression": export.impression.unkept,
            "the remark": export.notes.unkept,
        }
        return next((what for what, is_begun in begun.items() if is_begun), "")

    def jump(self, path: str) -> None:
        """Lead to the field of a path in the report: its stage, scrolled to it, with the focus."""
        turn_to(self.tabs, getattr(self.panels, stage_of(path)))
        field = field_of(path, self.panels)
        # What was unfolded takes its place before it is scrolled to
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        self._scroll_to(field)
        field.setFocus(Qt.FocusReason.TabFocusReason)

    def ask(self, prompt: str) -> None:
        """Say what to click next; nothing for an empty prompt."""
        self.prompt.setText(prompt)
        self.prompt.setVisible(bool(prompt))
        self.cancel_button.setVisible(bool(prompt))

    def say(self, sentence: str, *, refused: bool = False) -> None:
        """Write the status line."""
        self.status.setText(sentence or "Research use only. A person decides.")
        self.status.setProperty("refused", refused)
        self.status.style().polish(self.status)

    def allow_shortcuts(self, allowed: bool) -> None:
        """Leave Ctrl+Z to the brush while a mass is painted."""
        for shortcut in self.shortcuts:
            shortcut.setEnabled(allowed)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.planes, 3)
        bar.addSpacing(12)
        bar.addWidget(self.undo_button, 1)
        bar.addWidget(self.redo_button, 1)
        asked = QHBoxLayout()
        asked.addWidget(self.prompt, 1)
        asked.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(bar)
        layout.addLayout(asked)
        layout.addWidget(self.signed)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.status)

    def _scroll_to(self, widget: QWidget) -> None:
        area = self.tabs.currentWidget()
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(widget)

    def _shortcut(self, keys: str, target: QPushButton) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)  # also with the focus on the picture
        shortcut.activated.connect(target.click)
        return shortcut


class _Scrolled(QScrollArea):
    """A panel as high as its words need at this width; Qt alone squeezes lines that wrap."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self._panel = panel
        self.setWidget(panel)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        panel.installEventFilter(self)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Measure the panel at its new width."""
        super().resizeEvent(event)
        self._measure()

    def showEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Order the panel for the tabulator; while it is hidden that can wait."""
        super().showEvent(event)
        in_reading_order(self._panel)

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 (Qt's name)
        """Measure and order the panel again when something in it appeared or changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._measure()
            if self.isVisible():
                in_reading_order(self._panel)
        return bool(super().eventFilter(watched, event))

    def _measure(self) -> None:
        layout = self._panel.layout()
        if layout is not None:  # -1 where no line wraps
            needed_px = layout.totalHeightForWidth(self.viewport().width())
            self._panel.setMinimumHeight(max(needed_px, 0))
