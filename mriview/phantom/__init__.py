"""The digital patient: solids with exact truth, series rendered from them, files for a study.

A pure part (``anatomy``, ``truth``, ``render``, ``reader``) and a rim (``write``). It judges the
rest of the product and stands in for scans that may not be shipped; nothing here is a patient.
"""

from mriview.phantom.anatomy import Patient, make_patient
from mriview.phantom.cases import CASES, Case
from mriview.phantom.plans import SeriesPlan, series_plans
from mriview.phantom.reader import scripted_reader
from mriview.phantom.render import mass_label, render
from mriview.phantom.truth import truth_of
from mriview.phantom.write import Form, PhantomFiles, write_phantom

__all__ = [
    "CASES",
    "Case",
    "Form",
    "Patient",
    "PhantomFiles",
    "SeriesPlan",
    "make_patient",
    "mass_label",
    "render",
    "scripted_reader",
    "series_plans",
    "truth_of",
    "write_phantom",
]
