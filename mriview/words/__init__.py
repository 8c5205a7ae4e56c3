"""A report in plain sentences, English or German, from its codes alone.

The page, the text and the room show the same words. No markup, no file, no number of its own: what
is said was decided before, and the words are rows of ``mriview.vocabulary``.
"""

from mriview.words.document import SideWords, Wording, wording
from mriview.words.language import LANGUAGES, Language, label, phrase
from mriview.words.said import Line, Said, Section
from mriview.words.study import place_text

__all__ = [
    "LANGUAGES",
    "Language",
    "Line",
    "Said",
    "Section",
    "SideWords",
    "Wording",
    "label",
    "phrase",
    "place_text",
    "wording",
]
