"""`rag prompts`: the templates of prompts, built in or of the user's own."""

import argparse
from typing import Any, Final

from corpora.errors import PromptError, UnknownName
from corpora.outside.characters import escape_for_terminal
from rag.cli.terminal import note, show
from rag.prompting.fence import fence
from rag.prompting.infill.formats import infill_format
from rag.prompting.infill.gap import Gap
from rag.prompting.infill.prompt import Snippet, make_infill_prompt
from rag.prompting.message import Message, as_text
from rag.prompting.passage import Passage
from rag.prompting.template import FIELDS_OF_TASKS, check_template, render, template_text
from rag.prompting.template_files import FOLDER_VARIABLE, TemplateFile, known_templates, own_folder
from rag.rendering.json_text import json_text

_KINDS: Final = {
    "answer": "asks for an answer",
    "infill": "fills in the middle",
    "repair": "repairs an answer",
    "task": "asks for the answer to a task",
}
_PASSAGE: Final = Passage(
    head=fence("title: shop.price_of\nsource: shop: src/shop.py:1-3\nversion: shop 2.0"),
    title="shop.price_of",
    source="shop: src/shop.py:1-3",
    version="shop 2.0",
    language="python",
    text=fence("def price_of(item):\n    return item.price", "python"),
)
_GAP: Final = Gap(
    "from shop import price_of\n\n\ndef total(items):\n    return ", "\n", "till.py", "python", "shop"
)
_MADE: Final = {
    "around": fence("# shop.py:1\ndef price_of(item):\n    return item.price", "python"),
    "cells": f"Cell 1:\n{fence('items = load()', 'python')}\nIts output:\n{fence('3 items', 'text')}",
    "checks": fence("total([]) == 0", "python"),
    "code": fence("def total(items):\n    return 0", "python"),
    "imports": fence("from shop import price_of", "python"),
    "name": "total",
    "stub": 'def total(items):\n    """Add up the prices."""\n',
}
_SNIPPET: Final = Snippet("def price_of(item):\n    return item.price", "shop.py")


def add_prompts_options(prompts: argparse.ArgumentParser) -> None:
    """Add the parsers of the actions of `rag prompts`."""
    prompts.description = (
        "List, show and fill in the templates of prompts. A folder that the variable RAG_PROMPTS names has "
        "templates of your own; one of the same name takes the place of a built-in one."
    )
    actions: Any = prompts.add_subparsers(metavar="ACTION")
    prompts.set_defaults(run=lambda _: prompts.print_help())
    listing = actions.add_parser("list", help="list the templates")
    listing.add_argument("--json", action="store_true", help="print the result as JSON")
    listing.set_defaults(run=list_templates)
    for name, help_text, run in (
        ("show", "print the source of a template", show_template),
        ("render", "fill in a template with a made example", render_template),
    ):
        action = actions.add_parser(name, help=help_text)
        action.add_argument("name", metavar="NAME", help="name of a template, such as infill/starcoder2")
        action.set_defaults(run=run)
    actions.choices["render"].add_argument(
        "--query", default="add up the prices", help="request to fill in; default: %(default)s"
    )


def list_templates(options: argparse.Namespace) -> int:
    """Run `rag prompts list`; the exit code is 1 if a template has a mistake."""
    found = sorted(known_templates().values(), key=lambda one: (one.kind, one.name))
    problems = {one.name: _problem(one) for one in found}
    if options.json:
        records = [
            {"name": one.name, "kind": one.kind, "path": str(one.path), "problem": problems[one.name]}
            for one in found
        ]
        show(json_text(records), json=True)
    else:
        width = max(len(one.name) for one in found)
        for one in found:
            own = f"  {one.path}" if one.is_own else ""
            show(escape_for_terminal(f"{one.name:<{width}}  {_KINDS[one.kind]}{own}"))
        if own_folder() is None:
            note(f"templates of your own: name their folder in {FOLDER_VARIABLE}")
    for name, problem in problems.items():
        if problem:
            note(f"{name}: {problem}")
    return int(any(problems.values()))


def show_template(options: argparse.Namespace) -> None:
    """Run `rag prompts show`."""
    show(template_text(_named(options.name).path).rstrip("\n"))


def render_template(options: argparse.Namespace) -> None:
    """Run `rag prompts render`."""
    template = _named(options.name)
    check_template(template)
    if template.kind == "infill":
        family = infill_format(template.name.rpartition("/")[2])
        show(make_infill_prompt(_GAP, [_SNIPPET], model_format=family).text)
    elif template.kind in {"answer", "task"}:
        fields = FIELDS_OF_TASKS.get(template.path.stem, frozenset()) if template.kind == "task" else ()
        given = {name: _MADE[name] for name in fields}
        system, text = render(template.path, options.query, [_PASSAGE], given)
        messages = [Message("system", system)] if system else []
        show(as_text([*messages, Message("user", text)]))
    else:
        raise PromptError(
            f"the template {template.name} is not filled in here",
            why="it repairs an answer, and needs one with its errors",
            fix=f"read it: rag prompts show {template.name}",
        )


def _named(name: str) -> TemplateFile:
    known = known_templates()
    if name in known:
        return known[name]
    raise UnknownName("prompt template", name, sorted(known))


def _problem(template: TemplateFile) -> str:
    """Return what is wrong with a template; empty if nothing is."""
    try:
        check_template(template)
        if template.kind == "infill":
            infill_format(template.name.rpartition("/")[2])
    except PromptError as error:
        return error.why
    return ""
