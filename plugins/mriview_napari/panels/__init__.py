"""The panels of the dock: each draws a `ReviewState` and sends commands, and knows no viewer.

What a panel may ask of the room is the protocol `Desk`; a test can stand in for it. Nothing here
measures, reads files or decides what a command does.
"""
