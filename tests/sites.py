"""A site's own vocabulary for tests: a right file, and a writer of others.

The file adds a vessel, a cause, a scale and a symptom. What becomes of them is asked in
``tests/vocabulary``.
"""

import json
import os
import subprocess
import sys

from mriview.vocabulary.site_faults import VARIABLE

SITE = """
prefix = "ukx"

[[vessels]]
id = "ukx_trigeminal_artery"
label = { en = "persistent trigeminal artery", de = "persistierende Arteria trigemina" }
code = { scheme = "99UKX", value = "V-PTA", meaning = "Persistent trigeminal artery" }
kind = "artery"
named = true
max_radius_mm = 1.5
key = "T"
colour = "orange"
definition = "From the carotid artery to the basilar artery."
source = "the site"

[[conditions]]
id = "ukx_racemose_cysts"
label = { en = "racemose cysts", de = "razemöse Zysten" }
code = { scheme = "99UKX", value = "C-CYSTS", meaning = "Racemose cysts" }
group = "mass"
mandatory = "always"
needs_lesion = true
needs = [[{ roles = ["t1_post"], max_slice_mm = 3.0, structures = ["cpa_r", "cpa_l"] }]]
standing_limits = [{ limit = "L_DSA", answers = ["absent"], unless_roles = ["cta"] }]
mandatory_when = ["ukx_ear_click", "previous_mvd"]
signs = "Cysts without a wall."
source = "the site"

[[severity_scales]]
id = "ukx_pulse_2026"
version = "2026"
label = { en = "pulse at the nerve", de = "Puls am Nerv" }
grades = "contact"
nerves = ["facial"]
default_for = []
source = "the site"
levels = [
  { id = "a", label = { en = "at rest", de = "ruhend" }, definition = "Rest.", deformity = false },
  { id = "b", label = { en = "moved", de = "bewegt" }, definition = "Moved.", deformity = false },
]

[[symptoms]]
id = "ukx_ear_click"
label = { en = "clicking in the ear", de = "Klicken im Ohr" }
"""
SECOND = """
[[symptoms]]
id = "ukx_other"
label = { en = "something else", de = "etwas anderes" }
"""


def toml(value):
    """Write a value as TOML."""
    match value:
        case bool() | int() | float():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            pairs = (f"{json.dumps(key)} = {toml(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
    raise TypeError(value)


def document(tables, prefix="ukx"):
    lines = [f"prefix = {toml(prefix)}"]
    for name, rows in tables.items():
        for row in rows:
            lines.append(f"[[{name}]]")
            lines += [f"{json.dumps(key)} = {toml(item)}" for key, item in row.items()]
    return "\n".join(lines)


def without_none(value):
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(x) for x in value] if isinstance(value, list | tuple) else value


def in_a_process(*words, site=None):
    environment = {key: value for key, value in os.environ.items() if key != VARIABLE}
    if site is not None:
        environment[VARIABLE] = str(site)
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        encoding="utf-8",
    )
