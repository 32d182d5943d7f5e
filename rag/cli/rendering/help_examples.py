"""Examples in the help of each command; a test runs them."""

from typing import Final

EXAMPLES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "rag": (
        ("rag index src", "index a folder of code"),
        ("rag docs add pkg:jinja2", "and documentation of what it uses"),
        ('rag search "parse a date string"', "ask in words, by name, or with code"),
    ),
    "rag index": (
        ("rag index src", "a folder of code"),
        ("rag index src/dates.py", "one file of it"),
        ("rag index pkg:jinja2", "an installed package"),
        ("rag index --dry-run src", "what would be read, and what it would cost"),
        ("rag index", "bring all of it up to date"),
        ("rag index --deepen", "and find documentation by its meaning"),
    ),
    "rag watch": (("rag watch", "until Ctrl-C"),),
    "rag search": (
        ('rag search "parse a date string"', "ask in words"),
        ("rag search Template.render", "a name"),
        ("rag search -k 3 --full parse_date", "whole functions"),
        ("rag search --path 'src/*.py' save", "only these files"),
        ("rag search --files download", "only the paths"),
        ("rag search --json save", "for programs"),
    ),
    "rag open": (("rag open 2", "the second hit of the last search"),),
    "rag prompt": (
        ('rag prompt "parse a date string"', "the text that a model would be given"),
        ('rag prompt -k 2 "download a file"', "with two passages at most"),
    ),
    "rag complete": (
        ("rag complete src/dates.py:6:12 --context", "what is found for this place"),
        ("rag complete src/dates.py:6 --prompt", "what a model would be given"),
        ("rag complete src/dates.py:6 --generator echo", "without a model: its prompt"),
    ),
    "rag generate": (
        ('rag generate "parse a date string"', "by the built-in model"),
        ('rag generate --generator echo "a date"', "without a model: its prompt"),
        ('rag generate --generator command:cat "a date"', "by any program"),
    ),
    "rag edit": (
        ('rag edit src/dates.py:5 --prompt "take no layout"', "what a model would get"),
        ('rag edit src/dates.py:add_days --prompt "take hours"', "by its name"),
    ),
    "rag prompts": (
        ("rag prompts list", "all templates, and which have a mistake"),
        ("rag prompts show docprompting", "to begin one of your own"),
    ),
    "rag prompts list": (("rag prompts list --json", "for programs"),),
    "rag prompts show": (("rag prompts show infill/starcoder2", "its source"),),
    "rag prompts render": (("rag prompts render chat", "with a made example"),),
    "rag eval": (
        ("rag eval tasks.jsonl --generator echo", "without a model"),
        ("rag eval questions --from docs src", "questions about src"),
        ("rag eval retrieval asked.jsonl", "how many the index answers"),
    ),
    "rag eval run": (
        ("rag eval run tasks.jsonl --generator echo", "without a model"),
        ("rag eval run tasks.jsonl --generator echo -n 5 --out run", "five answers each"),
    ),
    "rag eval retrieval": (
        ("rag eval retrieval asked.jsonl", "scores by kind of question"),
        ("rag eval retrieval asked.jsonl --min hit@5=0.5", "exits with 1 below that"),
        ("rag eval retrieval asked.jsonl --json > before.json", "kept for a comparison"),
        ("rag eval retrieval asked.jsonl --against before.json", "what has changed"),
    ),
    "rag eval questions": (("rag eval questions --from docs src > asked.jsonl", "headings and docstrings"),),
    "rag eval build": (
        ("rag eval build whenever 0.6.17 0.11.0 --out set", "what is new in a library"),
        ("rag eval build pandas 1.5.3 2.2.3 -n 30 --out set", "30 tasks, and as many questions"),
    ),
    "rag report": (
        ("rag report run", "the results again"),
        ("rag report run other --html page.html", "two runs compared, as a page"),
    ),
    "rag docs": (
        ("rag docs add pkg:jinja2", "an installed package"),
        ("rag docs sync", "what the lock files of this folder name"),
    ),
    "rag docs add": (
        ("rag docs add pkg:jinja2", "an installed package"),
        ("rag docs add site --library billing", "a folder of pages"),
    ),
    "rag docs list": (("rag docs list", "libraries, versions and where they came from"),),
    "rag docs update": (("rag docs update", "fetch and read again what has changed"),),
    "rag docs remove": (("rag docs remove jinja2", "as 'rag docs list' names it"),),
    "rag docs sync": (("rag docs sync requirements.txt", "the exact versions that it names"),),
    "rag api": (("rag api show pkg:jinja2", "the modules of an installed package"),),
    "rag api show": (
        ("rag api show pkg:jinja2", "its modules"),
        ("rag api show pkg:jinja2 Template.render", "one object of it"),
        ("rag api show pkg:jinja2 Environment --private", "with private members"),
    ),
    "rag api diff": (
        ("rag api diff old new", "two folders, wheels or sdists"),
        ("rag api diff old new --breaking --fail-on breaking", "for CI: exits with 1"),
        ("rag api diff old new --name shop.Cart --json", "one class, for programs"),
    ),
    "rag check": (
        ("rag check src", "against what is installed or locked"),
        ("rag check --lock requirements.txt src", "at its versions"),
        ("rag check --sarif src", "for code hosts and editors"),
    ),
    "rag train": (("rag train --corpus src --out encoder", "learn from the docstrings of src"),),
    "rag serve": (
        ("rag serve", "a page, agents, clients"),
        ("rag serve --backend http://HOST:8080/v1", "in front of a model"),
        ("rag serve app=src lib=../lib", "two projects, by their names"),
    ),
    "rag mcp": (("rag mcp --allow-index", "what an agent starts; it may index"),),
    "rag agents": (
        ("rag agents list", "the agents that are known"),
        ("rag agents add claude-code --dry-run", "what would change"),
    ),
    "rag agents list": (("rag agents list", "with those that are used here"),),
    "rag agents add": (
        ("rag agents add claude-code cursor", "for all of your projects"),
        ("rag agents add --here vscode", "for this project, and who shares it"),
    ),
    "rag agents remove": (("rag agents remove cursor", "undoes it"),),
    "rag status": (("rag status", "what is indexed, and what has changed since"),),
    "rag verify": (("rag verify", "exits with 1 if a file is damaged"),),
    "rag pack": (("rag pack index.tar.gz", "for a colleague, or for CI to publish"),),
    "rag unpack": (
        ("rag unpack index.tar.gz", "into .rag in this folder"),
        ("rag unpack ../main/.rag", "what another worktree has indexed"),
    ),
    "rag completion": (
        ("rag completion bash > ~/.local/share/bash-completion/completions/rag", ""),
        ('rag completion zsh > "${fpath[1]}/_rag"', ""),
        ("rag completion fish > ~/.config/fish/completions/rag.fish", ""),
    ),
}
"""Commands as they are typed, each with what it does, by the name of the parser."""


def help_examples(command: str) -> str:
    """Return the examples of a command as the end of its help; empty if there are none."""
    examples = EXAMPLES.get(command, ())
    width = max((len(typed) for typed, _ in examples), default=0)
    lines = [f"  {typed:{width}}  {meaning}".rstrip() for typed, meaning in examples]
    return "\n".join(["examples:", *lines]) if lines else ""
