"""The shell: ``mriview COMMAND``, one thin file a command; here the list of them and the way out.

``main`` is the one place where exceptions become exit codes and sentences. Commands import what
they need when they run, so that ``mriview --help`` costs little.
"""

import json
import os
import sys
import tempfile
import traceback

import click

from mriview.cli.apply import apply
from mriview.cli.demo import demo
from mriview.cli.export import export
from mriview.cli.formats import formats
from mriview.cli.index import index
from mriview.cli.info import info
from mriview.cli.phantom import phantom
from mriview.cli.replay import replay
from mriview.cli.review import review
from mriview.cli.schema import schema
from mriview.cli.validate import validate

BUG = 70  # sysexits.h: EX_SOFTWARE
INTERRUPTED = 130


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from mriview import __version__

        click.echo(f"mriview {__version__}")
        context.exit(0)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, callback=_version, expose_value=False, is_eager=True)
@click.option("--debug", is_flag=True, help="Show a traceback instead of one sentence.")
def cli(debug: bool) -> None:
    """Read MRI of the posterior fossa for contact of a vessel with the facial nerve.

    Research use only: the tool proposes, a person decides.
    """
    del debug  # read by main, which also sees errors of the arguments


for _command in (
    index,
    info,
    review,
    apply,
    replay,
    export,
    validate,
    schema,
    formats,
    phantom,
    demo,
):
    cli.add_command(_command)


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
            traceback.print_exc()
        elif "--json" in sys.argv:
            click.echo(json.dumps(error.as_json(), ensure_ascii=False))
        else:
            click.echo(f"mriview: {_plain(str(error))}", err=True)
        code = error.exit_code
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 (a bug of ours ends in one line, not in a traceback)
        if debug:
            traceback.print_exc()
        else:
            click.echo(_bug(error), err=True)
        code = BUG
    sys.exit(code if isinstance(code, int) else 0)


def _plain(text: str) -> str:
    """Keep terminal escapes that came from a file away from the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _bug(error: Exception) -> str:
    handle, path = tempfile.mkstemp(prefix="mriview-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return f"mriview: bug: {type(error).__name__} in the program. Send {path} to the developers."
