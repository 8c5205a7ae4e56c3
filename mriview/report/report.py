"""The report as a value with two verbs: write yourself, check yourself.

Its keys stand in ``model``, its rules in ``rules``; here both meet: neither knows the other.
"""

import hashlib

from mriview.report.model import FORMAT_VERSION, ReportKeys
from mriview.report.rules import Finding, check
from mriview.values.canonical_json import canonical_json
from mriview.vocabulary.site import with_site


class Report(ReportKeys):
    """A structured report of one reading, version 1.1; frozen. Research use only."""

    def to_json(self) -> str:
        """Give the canonical JSON: the model's order, finite numbers, the same bytes each time."""
        data = self.model_dump(mode="json", exclude_unset=True)  # a 1.0 file stays one
        return canonical_json(data)

    @property
    def sha256(self) -> str:
        """Digest of the file that `to_json` gives, by which an amendment names this report."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def check(self) -> list[Finding]:
        """Check what the keys say to each other against the rules; an empty list is right."""
        return check(self)


def report_schema() -> dict[str, object]:
    """Give the JSON Schema of the report, generated from the model."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": with_site(f"urn:mriview:report:{FORMAT_VERSION}"),
        **Report.model_json_schema(),
    }
