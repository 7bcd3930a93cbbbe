"""Runs the question cases against the assistant: `python -m evals.run [--cases PATH] [--json]`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from assistant import Assistant
from evals.proposals import spread
from evals.report import as_json, as_text, baseline_of, changes_from, summarise
from evals.scorers import Case, Outcome, Seen, judge

if TYPE_CHECKING:
    from evals.by_model import Sitting
    from semantic_layer import SemanticLayer

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
BASELINE = HERE / "baseline.json"
WARM_UP = "?"


def load_cases(*paths: Path) -> tuple[Case, ...]:
    """Read case files, and every `*.yml` of a folder; by default all that ship.

    Raises:
        ValueError: A case is malformed or asked twice by one person.
    """
    files = [
        file
        for path in paths or (CASES,)
        for file in (sorted(path.glob("*.yml")) if path.is_dir() else [path])
    ]
    cases = tuple(
        Case.model_validate(item)
        for file in files
        for item in yaml.safe_load(file.read_text(encoding="utf-8")) or ()
    )
    seen: set[str] = set()
    for case in cases:
        if case.key in seen:
            msg = f"the case is there twice: {case.key!r}"
            raise ValueError(msg)
        seen.add(case.key)
    return cases


def ask(assistant: Assistant, case: Case) -> Seen:
    """Ask one question and keep what is scored."""
    answer = assistant.ask(case.q, asker=case.user)
    return Seen(
        status=answer.status,
        plan=answer.plan,
        headline=answer.headline,
        error=f"{answer.error.code} {answer.error.message}".strip(),
        choices=tuple(choice.label for choice in answer.clarify.choices),
        ms=answer.timings_ms.get("total", 0.0),
    )


def run_cases(assistant: Assistant, cases: Iterable[Case]) -> tuple[Outcome, ...]:
    """Ask every question in one process, each asker's lexicon built before the clock starts."""
    asked = tuple(cases)
    for user in {case.user for case in asked}:
        assistant.ask(WARM_UP, asker=user)
    return tuple(judge(case, ask(assistant, case)) for case in asked)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, report, and return the exit code: 1 when too much was answered wrongly."""
    options = _parser().parse_args(argv)
    cases = load_cases(*options.cases)
    if options.planner is not None:
        return _by_model(options, cases)
    outcomes = run_cases(Assistant.load(options.project), cases)
    baseline = {}
    if options.baseline.exists():
        baseline = json.loads(options.baseline.read_text(encoding="utf-8"))
    if options.update_baseline:
        text = json.dumps(baseline_of(outcomes), ensure_ascii=False, indent=1, sort_keys=True)
        options.baseline.write_text(text + "\n", encoding="utf-8")
    summary = summarise(outcomes)
    changes = changes_from(baseline, outcomes)
    if options.json:
        click.echo(json.dumps(as_json(summary, outcomes, changes), ensure_ascii=False))
    else:
        click.echo(as_text(summary, outcomes, changes))
    return 0 if summary.passed else 1


def _by_model(options: argparse.Namespace, cases: tuple[Case, ...]) -> int:
    """Run with a language model and report by field; exit 1 when answers were wrong."""
    from evals import by_model

    for name in ("model", "protocol"):
        if getattr(options, name):
            os.environ[f"ASKMQL_LLM_{name.upper()}"] = getattr(options, name)
    with ExitStack() as stack:
        if options.gguf:
            from evals.serve_gguf import serving

            os.environ["ASKMQL_LLM_BASE_URL"] = stack.enter_context(serving(options.gguf))
            os.environ["ASKMQL_LLM_MODEL"] = options.gguf.stem
        assistant = Assistant.load(options.project)
        found = assistant.router.settings
        if options.planner == "llm" and found is None:
            click.echo("No model is configured: set ASKMQL_LLM_BASE_URL and --model.", err=True)
            return 2
        if found is not None and options.timeout:
            assistant.router.use(found.model_copy(update={"timeout_s": options.timeout}))
        if options.sample:
            cases = spread(cases, options.sample)
        sitting = by_model.Sitting(options.resume)
        cap = by_model.Cap(options.max_cost, options.max_tokens, options.max_cases)
        outcomes = by_model.run(assistant, cases, options.planner, cap, sitting)
    return _told(options, cases, outcomes, sitting, assistant.layer)


def _told(
    options: argparse.Namespace,
    cases: tuple[Case, ...],
    outcomes: tuple[Outcome, ...],
    sitting: Sitting,
    layer: SemanticLayer,
) -> int:
    from evals import by_model

    summary = summarise(outcomes)
    fields = by_model.by_field(cases, sitting, layer)
    if options.json:
        found = as_json(summary, outcomes, ())
        found |= {"fields": fields, "usage": dict(sitting.usage)}
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(as_text(summary, outcomes, ()))
        click.echo(by_model.told(sitting, fields))
    return 0 if summary.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="askmql eval", description=__doc__)
    parser.add_argument("--cases", type=Path, nargs="+", default=(), help="case files or folders")
    parser.add_argument("--project", type=Path, default=None, help="project folder")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="verdicts to compare with")
    parser.add_argument("--update-baseline", action="store_true", help="accept this run")
    parser.add_argument("--planner", choices=("auto", "lexicon", "llm"), help="with a model: which lane may answer")  # fmt: skip
    parser.add_argument("--model", help="name of the model, in place of ASKMQL_LLM_MODEL")
    parser.add_argument("--protocol", choices=("auto", "tools", "json"), help="how plans are asked for")  # fmt: skip
    parser.add_argument("--gguf", type=Path, help="model file to serve and ask (extra `local`)")
    parser.add_argument("--timeout", type=float, help="seconds for one question")
    parser.add_argument("--sample", type=int, help="so many questions, evenly, half of each language")  # fmt: skip
    parser.add_argument("--max-cost", type=float, help="stop at this much money (needs price_in, price_out)")  # fmt: skip
    parser.add_argument("--max-tokens", type=int, help="stop at this many tokens")
    parser.add_argument("--max-cases", type=int, help="stop after this many questions")
    parser.add_argument("--resume", type=Path, help="file to continue, and to keep every answer in")
    return parser


if __name__ == "__main__":
    sys.exit(main())
