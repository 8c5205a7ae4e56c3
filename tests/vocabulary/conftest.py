"""A site's file for one test, and the tables as they were after it."""

import pytest
from sites import SITE

from mriview import vocabulary
from mriview.vocabulary.site import VARIABLE, site_vocabulary
from mriview.vocabulary.site_rows import EXTENDABLE

CACHED = [getattr(vocabulary, name) for name in EXTENDABLE] + [site_vocabulary]


@pytest.fixture
def site(monkeypatch, tmp_path):
    """Give a function that sets the site's file for this test, or takes it away."""

    def given_by(text=SITE):
        if text is None:
            monkeypatch.delenv(VARIABLE, raising=False)
        else:
            (tmp_path / "site.toml").write_text(text, "utf-8")
            monkeypatch.setenv(VARIABLE, str(tmp_path / "site.toml"))
        for function in CACHED:
            function.cache_clear()

    yield given_by
    monkeypatch.undo()
    for function in CACHED:
        function.cache_clear()
