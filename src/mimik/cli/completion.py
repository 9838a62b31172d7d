"""``mimik completion``: a completion script for the shell, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from mimik.cli.parser import build_parser

BASH = """_mimik() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" words="" asked="${{COMP_WORDS[1]}} "
  [ "$COMP_CWORD" -gt 2 ] && asked="$asked${{COMP_WORDS[2]}}"
  case "$asked" in
{cases}
    *) words="{commands} help --version --help" ;;
  esac
  [ "$COMP_CWORD" -le 1 ] && words="{commands} help --version --help"
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -f -- "$word"))
}}
complete -o filenames -F _mimik mimik
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "completion",
        help="print a completion script for bash, zsh or fish",
        description='For bash: eval "$(mimik completion bash)"; for zsh the same with zsh; '
        "for fish: mimik completion fish | source",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that will run it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    words = command_words()
    if args.shell == "fish":
        print(_fish(words))
        return 0
    # A command's own commands ("data info") come first: the shell takes the first case that fits.
    longest_first = sorted(words.items(), key=lambda item: -item[0].count(" "))
    cases = "\n".join(f'    {_case(name)}) words="{" ".join(options)}" ;;' for name, options in longest_first)
    start = "autoload -U +X bashcompinit && bashcompinit\n" if args.shell == "zsh" else ""
    commands = " ".join(name for name in words if " " not in name)
    print(start + BASH.format(cases=cases, commands=commands), end="")
    return 0


def _case(name: str) -> str:
    return f'"{name}"' if " " in name else f'"{name} "*'


def command_words() -> dict[str, list[str]]:
    """Each command to its options and fixed words; a command of a command as "data info"."""
    return dict(_words_of(build_parser(), ""))


def _words_of(parser: argparse.ArgumentParser, before: str) -> Iterator[tuple[str, list[str]]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, own in action.choices.items():
                yield before + name, [w for a in own._actions for w in (*a.option_strings, *_values(a))]
                yield from _words_of(own, f"{before}{name} ")


def _values(action: argparse.Action) -> list[str]:
    """The fixed words that an argument takes, checked by the parser or later."""
    if action.choices is not None:
        return list(map(str, action.choices))
    shown = action.metavar if isinstance(action.metavar, str) else ""
    return shown.split("|") if "|" in shown else []


def _fish(words: dict[str, list[str]]) -> str:
    commands = [name for name in words if " " not in name]
    lines = [f"complete -c mimik -n __fish_use_subcommand -a '{' '.join(commands)} help'"]
    for name, options in words.items():
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in name.split(" "))
        for option in options:
            flag = f"-l {option[2:]}" if option.startswith("--") else f"-a {option}"
            if option.startswith("-") and not option.startswith("--"):
                flag = f"-s {option[1:]}"
            lines.append(f"complete -c mimik -n '{seen}' {flag}")
    return "\n".join(lines)
