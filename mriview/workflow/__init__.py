"""Where the parts meet: what a command of the shell or a button of the room does from end to end.

Each module is one job. Nothing here decides anything about scans, marks or rules.
"""
