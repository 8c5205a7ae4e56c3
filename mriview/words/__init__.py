"""A report in plain sentences, English or German, from its codes alone.

The page, the text and the room show the same words. No markup, no file, no number of its own: what
is said was decided before, and the words are rows of ``mriview.vocabulary``.
"""

from mriview.words.document import SideWords, Wording, wording
from mriview.words.language import LANGUAGES, Language, label, number, phrase
from mriview.words.said import Line, Said, Section
from mriview.words.sides import SHARED
from mriview.words.study import place_text

__all__ = [
    "LANGUAGES",
    "SHARED",
    "Language",
    "Line",
    "Said",
    "Section",
    "SideWords",
    "Wording",
    "label",
    "number",
    "phrase",
    "place_text",
    "wording",
]
