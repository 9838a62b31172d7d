"""``mimik completion``: a completion script for the shell, made from the parser itself."""

from __future__ import annotations

import argparse
from typing import Any

from mimik.cli.parser import build_parser

BASH = """_mimik() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" words=""
  case "${{COMP_WORDS[1]}}" in
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
    cases = "\n".join(f'    {name}) words="{" ".join(options)}" ;;' for name, options in words.items())
    start = "autoload -U +X bashcompinit && bashcompinit\n" if args.shell == "zsh" else ""
    print(start + BASH.format(cases=cases, commands=" ".join(words)), end="")
    return 0


def command_words() -> dict[str, list[str]]:
    """Each command to its options and fixed words."""
    found: dict[str, list[str]] = {}
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, parser in action.choices.items():
                found[name] = [w for a in parser._actions for w in (*a.option_strings, *_values(a))]
    return found


def _values(action: argparse.Action) -> list[str]:
    """The fixed words that an argument takes, checked by the parser or later."""
    if action.choices is not None:
        return list(map(str, action.choices))
    shown = action.metavar if isinstance(action.metavar, str) else ""
    return shown.split("|") if "|" in shown else []


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c mimik -n __fish_use_subcommand -a '{' '.join(words)} help'"]
    for name, options in words.items():
        for option in options:
            flag = f"-l {option[2:]}" if option.startswith("--") else f"-a {option}"
            if option.startswith("-") and not option.startswith("--"):
                flag = f"-s {option[1:]}"
            lines.append(f"complete -c mimik -n '__fish_seen_subcommand_from {name}' {flag}")
    return "\n".join(lines)
