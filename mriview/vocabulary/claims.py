"""Words that claim more than scans can show, in English and German (domain page, section 8).

No label of a row holds one of them, and rule R35 warns of them in what a reader types. Which texts
are asked, the callers decide.
"""

import re

CLAIMS = re.compile(
    r"\b(normal\w*|unremarkable|excluded?|ruled out|rules out|consistent with|diagnostic of"
    r"|unauffällig\w*|ausgeschlossen\w*|ausschluss)\b",
    re.IGNORECASE,
)
