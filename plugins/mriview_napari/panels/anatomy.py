"""What a surgeon asks of the anatomy besides the contact, one thing and one side at a time.

The things are rows of the vocabulary; the answers are the reader's words, since no table of them is
agreed upon. Nothing here is measured.
"""

from functools import partial

from mriview import vocabulary
from mriview.review import SIDES, ReviewState, SetAnatomy
from mriview_napari.panels.controls import Answers, Choice, add, button, form, note
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Part, pressed
from mriview_napari.panels.typed import WordsEdit
from mriview_napari.wording import SIDE_WORDS, first_capital, labels

MOST_LETTERS = 64  # of an answer, as `SetAnatomy` takes it


class AnatomyBox(Part):
    """Choose what is asked, say it, keep it; what was said is listed below."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.side = Answers({side: SIDE_WORDS[side] for side in SIDES})
        self.item = Choice(labels(vocabulary.anatomy_items()))
        self.value = WordsEdit("what is seen")
        self.value.setMaxLength(MOST_LETTERS)
        self.words = WordsEdit("remark")
        self.keep_button = button("Keep it", self.send)
        self.said = note()
        self.side.chosen.connect(lambda _: self._show())
        self.item.chosen.connect(lambda _: self._show())
        self.value.textChanged.connect(lambda _: self._allow())
        self.value.returnPressed.connect(self.send)
        self.words.returnPressed.connect(self.send)
        fields = form(
            ("Side", self.side),
            ("What", self.item),
            ("Answer", self.value),
            ("Remark", self.words),
        )
        fields.setContentsMargins(0, 0, 0, 0)
        add(self.column, (fields, self.keep_button, self.said))
        self._allow()

    def draw(self, state: ReviewState) -> None:
        """List what was said."""
        rows = vocabulary.anatomy_items()
        lines = [
            f"{SIDE_WORDS[x.side]}: {rows[x.code].label.en}: {x.value}"
            + (f" ({x.note})" if x.note else "")
            for side in SIDES
            for x in state.anatomy
            if x.side == side
        ]
        self.said.setText("\n".join(map(first_capital, lines)))
        self.said.setVisible(bool(lines))

    def send(self) -> None:
        """Keep the answer; the next thing that is asked begins empty."""
        side = pressed(self.side)
        if not (side and self.value.words):
            return
        said = {"code": self.item.row, "value": self.value.words, "note": self.words.words}
        keep = partial(SetAnatomy.from_args, {"side": side, **said})
        if self.desk.send(keep()):
            self._show()

    def _show(self) -> None:
        """Fill in what was said of this side and thing before."""
        side, code = pressed(self.side), self.item.row
        known = [x for x in self.desk.state.anatomy if (x.side, x.code) == (side, code)]
        self.value.draw(known[0].value if known else "")
        self.words.draw(known[0].note if known else "")
        self._allow()

    def _allow(self) -> None:
        self.keep_button.setEnabled(bool(pressed(self.side) and self.value.words))
