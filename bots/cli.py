"""The `askmql` command. Heavy imports stay inside the commands, so that help is instant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    """Loads a command's module only when the command is used."""

    modules = {  # noqa: RUF012 - a constant table
        "demo": "bots.commands.demo",
        "ask": "bots.commands.ask",
        "chat": "bots.commands.chat",
        "serve": "bots.commands.serve",
        "mcp": "bots.commands.mcp",
        "token": "bots.commands.token",
        "user": "bots.commands.user",
        "tools": "bots.commands.tools",
        "metrics": "bots.commands.metrics",
        "compile": "bots.commands.compile",
        "validate": "bots.commands.validate",
        "test": "bots.commands.test",
        "schema": "bots.commands.schema",
        "policy": "bots.commands.policy",
        "audit": "bots.commands.audit",
        "init": "bots.commands.init",
        "doctor": "bots.commands.doctor",
        "slack": "bots.commands.slack",
        "simulate": "bots.commands.simulate",
        "time": "bots.commands.time",
        "verified": "bots.commands.verify",
        "eval": "bots.commands.evaluate",
        "bench": "bots.commands.bench",
        "leads": "bots.commands.leads",
        "score": "bots.commands.score",
        "customers": "bots.commands.customers",
        "identity": "bots.commands.identity",
    }
    summaries = {  # noqa: RUF012 - a constant table
        "demo": "Build the sample company and answer a tour of questions.",
        "ask": "Answer one question (or a batch on standard input).",
        "chat": "Talk in the terminal.",
        "serve": "Serve the page, REST, MCP and chat channels.",
        "mcp": "Serve an MCP client over standard input and output.",
        "token": "Create, list and revoke tokens of REST and MCP.",
        "user": "Make one-time sign-in links for the page.",
        "tools": "List the tools, or run one with JSON arguments.",
        "metrics": "List, show or search the metrics.",
        "compile": "Print the SQL of a query, for any engine.",
        "validate": "Check the definitions; every mistake with file and line.",
        "test": "Run the tests that metrics carry.",
        "schema": "Print the JSON Schema of the definition files, for editors.",
        "policy": "Explain what a user may see, or check the policies.",
        "audit": "Search, verify, export or erase the record of questions.",
        "init": "Start a project folder of your own.",
        "doctor": "Check the installation, the project and its data; or Slack or WeCom.",
        "slack": "Print the manifest of the Slack app.",
        "simulate": "Try the Slack or WeCom bot on this machine, without an account there.",
        "time": "Show how a phrase of time is read.",
        "verified": "Questions whose plan a human has approved.",
        "eval": "Run the question sets and score the answers.",
        "bench": "Measure speed against hand-written SQL.",
        "leads": "Print a salesperson's morning list, or one lead in full.",
        "score": "Train, measure and use a propensity model, honestly.",
        "customers": "Train and measure who may leave, or buy again.",
        "identity": "Find out which records are one human; undo it where it is wrong.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        del ctx
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        from importlib import import_module

        del ctx
        module = self.modules.get(cmd_name)
        if module is None:
            return None
        command = import_module(module).command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands from the table, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.summaries[name]) for name in self.modules])


@click.group(cls=_Commands, context_settings=CONTEXT)
@click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Project folder (default: here if it has askmql.yml, else the sample company).",
)
@click.version_option(package_name="askmql")
@click.pass_context
def cli(ctx: click.Context, project: Path | None) -> None:
    """Ask your marketing-to-revenue data in Chinese or English; get a number you can defend.

    问营销到回款的数据，中文英文都行；每个数字都有口径、时间和来源。
    """
    ctx.obj = project


def fail(error: Exception) -> NoReturn:
    """Print a product error in three lines and leave with the contract's exit code."""
    from semantic_layer import AskmqlError

    if not isinstance(error, AskmqlError):
        raise error
    click.echo(f"{error.code}: {error.message}", err=True)
    if error.candidates:
        click.echo("  " + ", ".join(error.candidates), err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)
    sys.exit(2)


def main() -> None:
    """Run the command line; a product error never shows a stack trace."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        _unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> NoReturn:
    from semantic_layer import AskmqlError
    from semantic_layer.engine import EngineError

    if isinstance(error, AskmqlError):
        fail(error)
    if isinstance(error, EngineError):
        click.echo(f"{error.code}: {error.message}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
        sys.exit(1)
    import os
    import traceback

    if os.environ.get("ASKMQL_DEBUG"):
        traceback.print_exc()
    click.echo(f"INTERNAL: {type(error).__name__}: unexpected failure", err=True)
    click.echo("  Run again with ASKMQL_DEBUG=1 and report the trace.", err=True)
    sys.exit(1)
