"""The `sandbox` command: serves, and speaks to a running server like any other client of its control API."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sandbox.commands import (
    clock,
    credentials,
    doctor,
    expectations,
    explanations,
    listen,
    scenarios,
    serve,
    snapshots,
    triggers,
    worlds,
)
from sandbox.commands.context import DEFAULT_URL, Session
from sandbox.commands.failures import Refused, Unreachable
from sandbox.commands.output import complain

REFUSED = 4
UNREACHABLE = 3

commands = typer.Typer(
    help="An event and booking platform to build against: isolated worlds, a clock you hold, faults at will.",
    epilog="Exit codes: 0 done, 1 something failed, 2 wrong input, 3 no server, 4 the server refused.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
commands.command("serve")(serve.serve)
commands.command("reset")(worlds.reset)
commands.command("fork")(worlds.fork)
commands.command("trigger")(triggers.trigger)
commands.command("listen")(listen.listen)
commands.command("expect")(expectations.expect)
commands.command("explain")(explanations.explain)
commands.command("doctor")(doctor.doctor)
commands.add_typer(snapshots.app, name="snapshot")
commands.add_typer(clock.app, name="clock")
commands.add_typer(credentials.app, name="credentials")
commands.add_typer(scenarios.app, name="scenarios")


@commands.callback()
def choose_server(
    context: typer.Context,
    url: Annotated[str, typer.Option(envvar="SANDBOX_URL", help="Base address of the server.")] = DEFAULT_URL,
    api_key: Annotated[
        str, typer.Option(envvar="SANDBOX_API_KEY", help="API key; without one, the specialist-demo client.")
    ] = "",
    workspace: Annotated[
        str,
        typer.Option(envvar="SANDBOX_WORKSPACE", help="Workspace to act in; default: the credential's."),
    ] = "",
    ca: Annotated[
        str,
        typer.Option(envvar="SANDBOX_TRUST_CA", help="File of the authority of a server that speaks TLS."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the server's answer as JSON.")] = False,
) -> None:
    """Every command but `serve` speaks to a running server."""
    context.obj = Session(url, api_key, workspace, as_json, ca)


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; the exit code."""
    try:
        code = commands(args=arguments, prog_name="sandbox", standalone_mode=False)
    except Unreachable as reason:
        complain(f"{reason}", "Is the server running? Start one with `sandbox serve`, or name it with --url.")
        return UNREACHABLE
    except Refused as reason:
        complain(str(reason), reason.advice)
        return REFUSED
    except typer.Abort:
        complain("stopped")
        return 130
    except Exception as error:
        return _wrong_input(error)
    return code if isinstance(code, int) else 0


def _wrong_input(error: Exception) -> int:
    """Show what typer's own parser found; anything else is a fault of ours and keeps its traceback."""
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if show is None or not isinstance(code, int):
        raise error
    show()
    return code


def app() -> None:
    """Entry point of the installed command."""
    sys.exit(main())


if __name__ == "__main__":
    app()
