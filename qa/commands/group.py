"""What `qa` does around its commands: find those that other packages add, and turn an error into one line."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from qa.terminal import OutputClosed, one_line, say
from qa_index.errors import QAError

if TYPE_CHECKING:
    from typer._click import Command, Context

PLUGINS = "qa.commands"
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
OUTPUT_CLOSED = 141  # 128 + SIGPIPE


class PluginUnusable(QAError):
    """A command that another package adds cannot be loaded."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Asked for the command {name!r}, but {reason}. Repair or remove that package.")


class Commands(TyperGroup):
    """The commands of `qa` itself, and those that installed packages name in the entry points "qa.commands".

    An entry point `name = "package.module:register"` is called with a typer app, to which it adds the command
    `name`. Its module is imported to list or run it, never for another command, so it should import what is slow
    inside its functions. A name that `qa` has itself is not looked for elsewhere.
    """

    def list_commands(self, ctx: Context) -> list[str]:
        """Our own commands in the order they were written down, then the others by name."""
        return [*self.commands, *sorted(set(_plugins()) - set(self.commands))]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Find a command; one that cannot be loaded still is one, so that it says why when it is run."""
        if own := self.commands.get(cmd_name):
            return own
        plugin = _plugins().get(cmd_name)
        if plugin is None:
            return None
        try:
            return _loaded(plugin)
        except Exception as error:  # whatever is wrong with it, the other commands go on
            return _unusable(cmd_name, error)

    def invoke(self, ctx: Context) -> Any:  # noqa: ANN401 - as typer declares it
        """Run a command; an error made for a person is one line and its own exit code, any other a traceback."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except QAError as error:
            say(f"Error: {error}")
            raise typer.Exit(error.exit_code) from error
        except OutputClosed:
            raise typer.Exit(OUTPUT_CLOSED) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        return result


def _plugins() -> dict[str, EntryPoint]:
    """Find what installed packages add, by name; reading their entry points takes about 40 ms."""
    return {each.name: each for each in entry_points(group=PLUGINS)}


def _loaded(plugin: EntryPoint) -> Command:
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    plugin.load()(app)
    found = get_group(app).commands.get(plugin.name)
    if found is None:
        raise PluginUnusable(plugin.name, f"{plugin.value} adds no command of that name")
    return found


def _unusable(name: str, error: Exception) -> Command:
    reason = one_line(f"{type(error).__name__}: {error}")

    def complain() -> None:
        raise error if isinstance(error, PluginUnusable) else PluginUnusable(name, f"it cannot be loaded ({reason})")

    return TyperCommand(
        name,
        callback=complain,
        help=f"Cannot be loaded: {reason}",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        rich_markup_mode=None,
    )
