"""The shell: ``mriview COMMAND``, one thin file a command; here the list of them and the way out.

``main`` is the one place where exceptions become exit codes and sentences. Commands import what
they need when they run, so that ``mriview --help`` costs little.
"""

import errno
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

BUG = 70  # sysexits.h: EX_SOFTWARE
INTERRUPTED = 130
# What a full or broken disk says to a program that prints; reading a scan ends in ScanError.
OUTPUT_ERRNOS = {errno.ENOSPC, errno.EIO, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}

COMMANDS = {  # in the order of a reading; each is the module and the function of its name
    "index": "List the series under PATH: key, role, grid, problems, what was ignored.",
    "info": "Tell what the study under PATH holds, what it can show, and what was refused.",
    "convert": "Write the volumes under PATH as NIfTI with sidecars; nothing that was refused.",
    "review": "Open the reading room on the study under PATH.",
    "apply": "Apply the commands of SCRIPT (JSON) to a review of the study.",
    "replay": "Replay the record in FOLDER and tell what it says.",
    "export": "Write documents of a review folder (pictures need --study) or of a report.json.",
    "batch": "Read every study below ROOT: a row and a report each, into the folder OUT.",
    "worklist": "List the studies under ROOT by what is left to read.",
    "collect": "Gather the reviews and reports below DIR... into one set of tables.",
    "validate": "Check REPORT against its schema and the rules.",
    "schema": "Print the JSON Schema of the report.",
    "formats": "List what can be read and written here.",
    "phantom": "Make a digital patient: its series, truth.json and a scripted reading.",
    "demo": "Run the sample studies from scan to report.",
}


class _Commands(click.Group):
    """Knows its commands by name and sentence, and imports the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"mriview.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from mriview import __version__

        click.echo(f"mriview {__version__}")
        context.exit(0)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--version",
    is_flag=True,
    callback=_version,
    expose_value=False,
    is_eager=True,
    help="Show the version.",
)
@click.option("--debug", is_flag=True, help="Show a traceback instead of one sentence.")
def cli(debug: bool) -> None:
    """Read MRI of the posterior fossa for contact of a vessel with the facial nerve.

    Research use only: the tool proposes, a person decides.
    """
    del debug  # read by main, which also sees errors of the arguments
    if any(name.startswith("MRIVIEW_LIMIT_") for name in os.environ):
        from mriview.scans.limits import limits

        limits()  # refused here, not by the command that first reads a scan
    if os.environ.get("MRIVIEW_SITE_VOCABULARY"):
        from mriview.vocabulary import site_vocabulary

        site_vocabulary()  # likewise, before anything is written


def main() -> None:
    """Run the command line; exceptions become exit codes here and nowhere else."""
    code: object
    output = sys.stdout
    # Else pydantic looks through the metadata of every installed package for plug-ins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = cli.main(standalone_mode=False)  # returns what context.exit() was given
    except SystemExit as end:
        # Where the reader of our output went away, as `| head` does, click wraps it and exits by 1.
        gone, sys.stdout = sys.stdout is not output, output
        code = 0 if gone else end.code
        if gone:
            _let_go_of_output()
    except (click.Abort, KeyboardInterrupt):
        _say("mriview: interrupted; what was safe is written", err=True)
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 (a bug of ours ends in one line, not in a traceback)
        code = _refusal(error)
    sys.exit(code if isinstance(code, int) else 0)


def _refusal(error: Exception) -> int:
    """Say in one line, or as JSON, what went wrong; give the exit code."""
    from mriview.errors import MriviewError

    if isinstance(error, OSError) and error.errno in OUTPUT_ERRNOS:
        _let_go_of_output()
        error = _output_lost(error)
    known = isinstance(error, (MriviewError, click.ClickException))
    if "--debug" in sys.argv and not isinstance(error, click.ClickException):
        import traceback

        traceback.print_exception(error)
    elif not known:
        _say(_bug(error), err=True)
    elif "--json" in sys.argv:
        import json

        _say(json.dumps(_as_json(error)))
    elif isinstance(error, click.ClickException):
        error.show()
    else:
        where = getattr(error, "where", None) or ""
        place = f" ({where})" if where.startswith("commands[") else ""
        _say(f"mriview: {_plain(str(error))}{place}", err=True)
    return error.exit_code if isinstance(error, (MriviewError, click.ClickException)) else BUG


def _output_lost(error: OSError) -> Exception:
    from mriview.errors import OutputError

    return OutputError.not_writable("the output", (error.strerror or "no reason given").lower())


def _as_json(error: Exception) -> dict[str, object]:
    from mriview.errors import MriviewError

    if isinstance(error, MriviewError):
        return error.as_json()
    message = error.format_message() if isinstance(error, click.ClickException) else ""
    remedy = "Run the command with --help"
    return {"code": "usage", "message": message, "evidence": {}, "remedy": remedy, "where": None}


def _say(text: str, *, err: bool = False) -> None:
    """Print a last sentence; where even that cannot be printed the exit code must do."""
    try:
        click.echo(text, err=err)
    except OSError:
        _let_go_of_output()


def _let_go_of_output() -> None:
    """Lead what still lies in the buffer nowhere: Python writes it once more when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(text: str) -> str:
    """Keep terminal escapes that came from a file away from the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _bug(error: Exception) -> str:
    import tempfile
    import traceback

    told = f"mriview: bug: {type(error).__name__} in the program. "
    try:
        handle, path = tempfile.mkstemp(prefix="mriview-bug-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return told + "Its details could not be saved. Run it again with --debug."
    return told + f"Send {path} to the developers."
