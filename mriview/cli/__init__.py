"""The shell: ``mriview COMMAND``, one thin file a command; here the list of them and the way out.

``main`` is the one place where exceptions become exit codes and sentences. Commands import what
they need when they run, so that ``mriview --help`` costs little.
"""

import os
import sys
from importlib import import_module

import click

BUG = 70  # sysexits.h: EX_SOFTWARE
INTERRUPTED = 130

COMMANDS = {  # in the order of a reading; each is the module and the function of its name
    "index": "List the series under PATH: key, role, grid, problems, what was ignored.",
    "info": "Tell what the study under PATH holds, what it can show, and what was refused.",
    "review": "Open the reading room on the study under PATH.",
    "apply": "Apply the commands of SCRIPT (JSON) to a review of the study.",
    "replay": "Replay the record in FOLDER and tell what it says.",
    "export": "Write documents of a review folder (with --study) or of a report.json.",
    "validate": "Check REPORT against its schema and the rules.",
    "schema": "Print the JSON Schema of the report.",
    "formats": "List what can be read and written here.",
    "phantom": "Make a digital patient: two series, truth.json and a scripted reading.",
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


def main() -> None:
    """Run the command line; exceptions become exit codes here and nowhere else."""
    from mriview.errors import MriviewError

    debug = "--debug" in sys.argv
    try:
        code = cli.main(standalone_mode=False)  # returns what context.exit() was given
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("mriview: interrupted; what was safe is written", err=True)
        code = INTERRUPTED
    except MriviewError as error:
        if debug:
            _show_traceback()
        elif "--json" in sys.argv:
            import json

            click.echo(json.dumps(error.as_json(), ensure_ascii=False))
        else:
            click.echo(f"mriview: {_plain(str(error))}", err=True)
        code = error.exit_code
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 (a bug of ours ends in one line, not in a traceback)
        if debug:
            _show_traceback()
        else:
            click.echo(_bug(error), err=True)
        code = BUG
    sys.exit(code if isinstance(code, int) else 0)


def _plain(text: str) -> str:
    """Keep terminal escapes that came from a file away from the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _show_traceback() -> None:
    import traceback

    traceback.print_exc()


def _bug(error: Exception) -> str:
    import tempfile
    import traceback

    handle, path = tempfile.mkstemp(prefix="mriview-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return f"mriview: bug: {type(error).__name__} in the program. Send {path} to the developers."
