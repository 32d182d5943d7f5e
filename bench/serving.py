"""Measure what a service adds to the library: times of tool calls and of requests to a model, memory, start.

    python -m bench.serving INDEX [--calls 10000] [--questions 200]

INDEX is the folder of an index, such as one of 50,000 chunks. Questions are symbols of the index, drawn with
a seed. Each figure is a ratio or a difference of medians in one run, the two sides in turn:

- `search` by the Model Context Protocol, by HTTP and in this process, against `search_projects`;
- a chat through the proxy against the same prompt made by the library, and against the model alone, a server
  here that answers at once: what the proxy adds;
- the memory of the service after each tenth of so many calls;
- seconds from `rag serve` to its first answer.
"""

import asyncio
import random
import socket
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil
from mcp.client import Client

from bench.arguments import argument_parser
from corpora.outside.child_process import isolated_python
from indexers.index import Index
from rag.serving.answers.search import SearchRequest, search_projects
from rag.serving.mcp.server import make_mcp_server
from rag.serving.openai.context import with_context
from rag.serving.openai.wanted import WantedContext
from rag.serving.permissions import NO_PERMISSIONS
from rag.serving.projects import Projects
from tests.model_server import model_server

_K = 5


def milliseconds(call: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begin)


async def awaited_milliseconds(call: Awaitable[Any]) -> float:
    """Return how long it takes until a call has been answered."""
    begin = time.perf_counter()
    await call
    return 1000 * (time.perf_counter() - begin)


def questions_of(index: Path, count: int) -> list[str]:
    """Return symbols of an index as questions, drawn with a seed."""
    with Index.open(index) as opened:
        names = opened.catalog.census.sample_symbols(count * 4)
    random.Random(3).shuffle(names)
    return [" ".join(name.replace("_", " ").replace(".", " ").split()) for name in names][:count]


def free_port() -> int:
    """Return a port of the loopback address that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def started(index: Path, port: int, backend: str) -> tuple[subprocess.Popen[bytes], float]:
    """Start `rag serve`, and return it with the seconds until its first answer."""
    command = isolated_python("-m", "rag", "serve", "--no-watch", "--index", str(index), "--port", str(port))
    begin = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--backend", backend, "--gate", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except httpx.HTTPError:
            time.sleep(0.005)
        else:
            return process, time.perf_counter() - begin


async def tool_calls(projects: Projects, address: str, questions: list[str]) -> None:
    """Print the times of `search` by both ways, and of the library, in turn."""
    library, inside, outside = [], [], []
    async with Client(make_mcp_server(projects)) as near, Client(f"{address}/mcp") as far:
        for client in (near, far):
            await client.list_tools()
            await client.call_tool("search", {"query": questions[0], "k": _K})
        for query in questions:
            arguments = {"query": query, "k": _K}
            request = SearchRequest(query, _K)
            library.append(milliseconds(partial(search_projects, projects.find(), request)))
            inside.append(await awaited_milliseconds(near.call_tool("search", arguments)))
            outside.append(await awaited_milliseconds(far.call_tool("search", arguments)))
    base = median(library)
    print(f"search of the library, p50: {base:.1f} ms")
    for name, times in (("in this process", inside), ("by HTTP", outside)):
        print(
            f"search by MCP {name}, p50: {median(times):.1f} ms, {median(times) / base:.2f} times the library"
        )


def chats(projects: Projects, address: str, model: str, questions: list[str]) -> None:
    """Print what the proxy adds to a chat with a model that answers at once."""
    wanted = WantedContext(gate=0.0)
    alone, through, prompts, again = [], [], [], []
    with httpx.Client(timeout=60) as client:
        for query in questions:
            body = {"model": "tiny", "messages": [{"role": "user", "content": query}]}
            untouched = {**body, "model": "rag/none/tiny"}
            chat = f"{address}/v1/chat/completions"
            alone.append(milliseconds(partial(client.post, f"{model}/chat/completions", json=body)))
            bare_ms = milliseconds(partial(client.post, chat, json=untouched))
            through.append((bare_ms, milliseconds(partial(client.post, chat, json=body))))
            again.append(milliseconds(partial(client.post, chat, json=body)))
            made = partial(with_context, projects.only(), query, wanted, NO_PERMISSIONS)
            prompts.append(milliseconds(made))
    direct, bare, whole = median(alone), median(one for one, _ in through), median(one for _, one in through)
    print(f"a chat with the model alone, p50: {direct:.1f} ms; through the proxy: {bare:.1f} ms")
    print(f"with context: {whole:.1f} ms, of which its prompt takes the library {median(prompts):.1f} ms")
    print(f"added latency, p50: {bare - direct:.1f} ms without context, {whole - direct:.1f} ms with it,")
    print(f"and {median(again) - direct:.1f} ms for a turn that comes again, as in a loop of tools")


def memory(process: psutil.Process, address: str, questions: list[str], calls: int) -> None:
    """Print the memory of the service while it answers so many searches, eight at a time."""
    numbers = iter(range(calls))
    lock = threading.Lock()
    sizes = [process.memory_info().rss]
    wrong = 0

    def ask() -> None:
        nonlocal wrong
        with httpx.Client(timeout=60) as client:
            while True:
                with lock:
                    number = next(numbers, None)
                    if number is None:
                        return
                    if number and number % (calls // 10) == 0:
                        sizes.append(process.memory_info().rss)
                body = {"query": questions[number % len(questions)], "max_num_results": _K}
                answer = client.post(f"{address}/v1/vector_stores/{store}/search", json=body)
                wrong += answer.status_code != 200

    store = httpx.get(f"{address}/v1/vector_stores").json()["data"][0]["id"]
    begin = time.perf_counter()
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    sizes.append(process.memory_info().rss)
    print(f"{calls} searches by 8 clients: {calls / seconds:.0f} a second, {wrong} not answered")
    print("memory in MB after each tenth:", " ".join(f"{size / 1e6:.0f}" for size in sizes))


def main(options: Namespace) -> None:
    """Run all measurements."""
    index = options.index.resolve()
    questions = questions_of(index, options.questions)
    projects = Projects()
    projects.add(index.parent, index=index)
    with model_server() as model:
        port = free_port()
        process, seconds = started(index, port, model.url)
        address = f"http://127.0.0.1:{port}"
        try:
            print(f"from the command to the first answer: {seconds:.2f} s")
            asyncio.run(tool_calls(projects, address, questions))
            chats(projects, address, model.url, questions)
            memory(psutil.Process(process.pid), address, questions, options.calls)
        finally:
            process.terminate()
            process.wait()
    projects.close()


if __name__ == "__main__":
    parser = argument_parser(__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    main(parser.parse_args(sys.argv[1:]))
