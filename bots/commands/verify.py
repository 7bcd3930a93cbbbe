"""`askmql verified`: questions whose plan a human has approved."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bots.commands.common import load_assistant, user_option


@click.group()
def command() -> None:
    """Approve questions with their plan; later they are answered so, and marked 已验证."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line each.")
@click.pass_obj
def list_(project: Path | None, *, as_json: bool) -> None:
    """List what has been approved."""
    for item in load_assistant(project, None).router.plans.verified():
        if as_json:
            fields = {
                "id": item.id, "question": item.question, "plan": item.call.model_dump(mode="json"),
                "approved_by": item.approved_by, "approved_at": item.approved_at,
            }  # fmt: skip
            click.echo(json.dumps(fields, ensure_ascii=False))
        else:
            click.echo(f"{item.id}  {item.question}  ({item.approved_by}, {item.approved_at})")


@command.command()
@click.argument("question")
@click.option("--by", "approver", required=True, help="Who approves: your own name.")
@click.option("--args", "args", default=None, help="Arguments of query_metrics as JSON, with periods in the question's words.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Approve without being asked (you have seen the plan).")
@user_option
@click.pass_obj
def add(
    project: Path | None,
    question: str,
    approver: str,
    args: str | None,
    user: str | None,
    *,
    yes: bool,
) -> None:
    r"""Show the plan of QUESTION with its answer, and keep it once you approve.

    \b
    askmql verified add "上个月各渠道线索量" --by "your name"
    askmql verified add "上个月的潜客" --by "your name" --args '{"metrics": ["leads"], "time": "上个月"}'
    """
    from assistant.verified import propose

    assistant = load_assistant(project, None)
    given = json.loads(args) if args else None
    call, answer = propose(assistant, question, given, asker=user)
    click.echo(json.dumps(call.model_dump(mode="json"), ensure_ascii=False))
    click.echo(answer.headline)
    if not yes and not click.confirm("Is this the right plan for the question?"):
        click.echo("Not kept.")
        return
    number = assistant.router.plans.approve(question, call, approver)
    click.echo(f"Kept as {number}.")


@command.command()
@click.argument("number", type=int)
@click.pass_obj
def remove(project: Path | None, number: int) -> None:
    """Take the approval NUMBER back."""
    done = load_assistant(project, None).router.plans.withdraw(number)
    click.echo("Removed." if done else f"There is no approval {number}.")
