"""``python -m mriview``: the same as the command ``mriview``. Nothing else lives here."""

from mriview.cli import main

main()
