"""`ToolDef`: one typed definition that every surface uses (planner, LLM, REST, MCP, CLI)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from semantic_layer import DeniedError, QueryError, Scope, SemanticLayer
from semantic_layer.errors import suggest

ArgsT = TypeVar("ArgsT", bound=BaseModel)


class Result(BaseModel):
    """Base of every tool's result."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


@dataclass(frozen=True)
class ToolContext:
    """What a tool knows and a model can neither see nor forge."""

    layer: SemanticLayer
    scope: Scope = field(default_factory=Scope)
    lang: str = "zh"
    asker: str | None = None
    """User id, for what a person writes down; rights are in `scope`."""

    @property
    def today(self) -> date:
        """The day of asking."""
        return self.layer.today


@dataclass(frozen=True)
class ToolDef(Generic[ArgsT]):
    """A governed computation: typed arguments in, typed result out.

    Attributes:
        name: verb_noun, the same on every surface.
        summary: One sentence for people and models.
        args: The pydantic model of its arguments.
        function: Pure apart from reading data through the context's layer and scope.
    """

    name: str
    summary: str
    args: type[ArgsT]
    function: Callable[[ArgsT, ToolContext], Result]

    def run(self, args: dict[str, Any] | ArgsT, context: ToolContext) -> Result:
        """Validate the arguments and run.

        Raises:
            DeniedError: The tool is not open to the asker.
            QueryError: The arguments are not valid, or the tool cannot answer.
        """
        if context.scope.denies_tool(self.name):
            raise DeniedError(
                "TOOL_DENIED",
                f"You may not use `{self.name}`.",
                hint="Ask your administrator for access.",
                params={"tool": self.name},
            )
        parsed = args if isinstance(args, self.args) else self.parse(args)
        return self.function(parsed, context)

    def parse(self, args: object) -> ArgsT:
        """Validate arguments without running.

        Raises:
            QueryError: They are not valid; with what is wrong and what would be near.
        """
        try:
            return self.args.model_validate(args)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(p) for p in first["loc"])
            near: tuple[str, ...] = ()
            if first["type"] == "extra_forbidden":
                near = suggest(str(first["loc"][-1]), self.args.model_fields)
            message = str(first["msg"]).removeprefix("Value error, ")
            raise QueryError(
                "BAD_ARGUMENTS",
                f"{self.name}: {message}" + (f" (at {where})" if where else ""),
                hint=f"`askmql tools list {self.name}` shows the arguments.",
                candidates=near,
            ) from None
