"""`rag serve`: answer agents, editors, chat clients and people by HTTP."""

import argparse
import os
from pathlib import Path

from rag.cli.options import count, positive, probability, seconds
from rag.cli.serving.service_options import (
    add_service_options,
    missing_extra,
    permissions_of,
    projects_of,
    watching_of,
)
from rag.cli.terminal import note
from rag.serving.http.readers import load_readers
from rag.serving.http.settings import DEFAULT_HOST, DEFAULT_PORT, MIB, HttpSettings
from rag.serving.openai.wanted import DEFAULT_CONTEXT_TOKENS, DEFAULT_GATE, WantedContext

_TOKEN, _KEY = "RAG_TOKEN", "RAG_BACKEND_KEY"


def add_serve_options(options: argparse.ArgumentParser) -> None:
    """Add the options of `rag serve`."""
    options.description = (
        "Keep the indexes of projects open, and answer by HTTP: a page to search at /, agents at /mcp, and "
        "OpenAI's protocol at /v1, where what is retrieved is put into requests on their way to a model."
    )
    add_service_options(options)
    options.add_argument(
        "--host", default=DEFAULT_HOST, help=f"address to listen at; default: {DEFAULT_HOST}"
    )
    options.add_argument(
        "--port", type=count, default=DEFAULT_PORT, help=f"0 for a free one; default: {DEFAULT_PORT}"
    )
    options.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help=f"name by which clients may call it, beside its address; needs a token in ${_TOKEN}",
    )
    options.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="origin of a page that may call it, such as http://localhost:3000",
    )
    options.add_argument(
        "--readers",
        type=Path,
        metavar="FILE",
        help="file that names who may ask: their tokens, groups and quotas; a corpus with readers in "
        f"rag.toml is shown to those alone, and everything to whoever has ${_TOKEN}",
    )
    options.add_argument(
        "--runs",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="folder of a run of 'rag eval', or of several, that the page shows",
    )
    options.add_argument(
        "--log-questions", action="store_true", help="write the texts of questions into the log, too"
    )
    _add_backend_options(options.add_argument_group("model"))
    _add_limits(options.add_argument_group("limits"))
    options.set_defaults(run=run_serve)


def _add_backend_options(options: argparse._ArgumentGroup) -> None:
    options.add_argument(
        "--backend",
        default="",
        metavar="URL",
        help="OpenAI-compatible server that requests at /v1 are sent on to, such as "
        f"http://127.0.0.1:8080/v1; its key is read from ${_KEY}, else that of each client is sent on",
    )
    options.add_argument("--model", default="", help="model for requests that name none")
    options.add_argument(
        "--gate",
        type=probability,
        default=DEFAULT_GATE,
        metavar="P",
        help=f"add no context that answers with less than this probability; default: {DEFAULT_GATE}",
    )
    options.add_argument(
        "--context-tokens",
        type=positive,
        default=DEFAULT_CONTEXT_TOKENS,
        metavar="N",
        help=f"budget of the context of a request; default: {DEFAULT_CONTEXT_TOKENS}",
    )


def _add_limits(options: argparse._ArgumentGroup) -> None:
    usual = HttpSettings()
    most_mb, most, longest = usual.max_body_bytes // MIB, usual.most_at_once, usual.answer_seconds
    options.add_argument(
        "--max-body",
        type=positive,
        default=most_mb,
        metavar="MB",
        help=f"largest request; default: {most_mb}",
    )
    options.add_argument(
        "--max-requests",
        type=positive,
        default=most,
        metavar="N",
        help=f"worked on at a time; default: {most}",
    )
    options.add_argument(
        "--timeout",
        type=seconds,
        default=longest,
        metavar="SECONDS",
        help=f"for an answer; default: {longest:.0f}",
    )


def run_serve(options: argparse.Namespace) -> None:
    """Run `rag serve`."""
    try:
        from rag.serving.run import run_service  # loads a server and its protocols
    except ImportError as error:
        raise missing_extra(error) from error
    from rag.serving.app import ServiceOptions
    from rag.serving.openai.backend import BackendSettings

    settings = HttpSettings(
        host=options.host,
        port=options.port,
        token=os.environ.get(_TOKEN, ""),
        allowed_hosts=tuple(name.lower() for name in options.allow_host),
        allowed_origins=tuple(options.allow_origin),
        max_body_bytes=options.max_body * MIB,
        most_at_once=options.max_requests,
        answer_seconds=options.timeout,
        logs_questions=options.log_questions,
        readers=load_readers(options.readers) if options.readers else (),
    )
    key = os.environ.get(_KEY, "")
    backend = BackendSettings(options.backend, key, options.model) if options.backend else None
    context = WantedContext(gate=options.gate, max_tokens=options.context_tokens)
    runs = tuple(str(folder) for folder in options.runs)
    service = ServiceOptions(settings, permissions_of(options), backend, context, runs)
    projects = projects_of(options, opens_others=False)
    watching = watching_of(options)

    def ready(address: str) -> None:
        _say(address, has_token=settings.needs_token)
        projects.start()
        if watching:
            for project in projects.find():
                watching.start(project)

    try:
        run_service(projects, service, ready)
    finally:
        if watching:
            watching.close()
        projects.close()


def _say(address: str, *, has_token: bool) -> None:
    note(f"serving at {address}" + (f" (open {address}#token=... with the token)" if has_token else ""))
    note("press Ctrl-C to stop")
