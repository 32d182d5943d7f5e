"""No credential stays in what is written or shown, and text without one stays as it is."""

import base64
import json
import shlex
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import RagError
from corpora.manifest import load_manifest
from corpora.redaction.credentials import credentials_in, without_credentials, without_credentials_in
from corpora.sources import spec_for
from rag.cli.main import main
from tests import SLOWNESS
from tests.loopback_endpoint import answer, refusal, serving
from tests.sandboxes import ISOLATION
from tests.tea_tasks import TASKS, write_lines

CANARY = "Canary7wq9Zk3"
Captured = pytest.CaptureFixture[str]

WITH_ONE = f"""
no answer from https://ci:{CANARY}@host/v1
no answer from https://{CANARY}@host/v1
redis://:{CANARY}@cache:6379/0
https://u:{CANARY}/x@host/simple
GET https://host/v1/models?api_key={CANARY}&x=1
https://host/f?sig={CANARY}
https://host/cb#access_token={CANARY}
llm --key {CANARY} -m small
llm --key={CANARY}
llm --api-key "{CANARY} b"
tool --password '{CANARY}'
curl -u ci:{CANARY} https://host
curl -H "Authorization: Bearer {CANARY}" https://host
sshpass -p {CANARY} ssh host
mysql -uroot -p{CANARY} prod
docker login -u ci -p {CANARY} hub
OPENAI_API_KEY={CANARY} llm
export PGPASSWORD='{CANARY}'
PIP_INDEX_URL=https://user:{CANARY}@host/simple
//registry.host/:_authToken={CANARY}
{{"api_key": "{CANARY}"}}
{{"error": {{"message": "x", "token": "{CANARY}"}}}}
invalid password: {CANARY}
api_key = {CANARY}
x-api-key: {CANARY}
Authorization: Token {CANARY}
Proxy-Authorization: Basic {CANARY}
the header was Bearer {CANARY}
Cookie: session={CANARY}; a=b
proxy ci:{CANARY}@proxy.host:3128 refused
Server=x;Password={CANARY};
jdbc:mysql://h/db?user=a&password={CANARY}
""".strip().splitlines()

WITHOUT = """
the option --api-key is missing
set OPENAI_API_KEY to a valid key for this server
Basic authentication required
run: rag index --rebuild pkg:numpy==1.26.4 npm:zod@4.1.0 npm:@types/react@19.3.0
cannot fetch six 1.15.0: see what this says: pip download --no-deps six==1.15.0
git@github.com:org/repo.git
http://localhost:8080/a@b?page=2
rag eval humaneval HumanEval.jsonl.gz --max-tokens 100 -k 5 --context none,retrieved
settings.max_prompt_tokens is 4000 in it, and 3000 now
line 3 of samples.jsonl is no record of a run
set OPENAI_API_KEY=$KEY and run again
unknown corpus kind 'cod': known are: code, comments, docs
the tokens of a key: see the password policy
""".strip().splitlines()


@pytest.mark.parametrize("text", WITH_ONE)
def test_a_credential_is_hidden(text: str) -> None:
    hidden = without_credentials(text)
    assert CANARY not in hidden
    assert "***" in hidden
    assert without_credentials(hidden) == hidden


@pytest.mark.parametrize("text", WITHOUT)
def test_text_without_one_stays(text: str) -> None:
    assert without_credentials(text) == text


def test_tokens_of_known_formats_are_hidden_wherever_they_stand() -> None:
    token = "gh" + "p_" + "a1B2" * 9
    assert without_credentials(f"remote said {token}, sorry") == "remote said ***, sorry"


def test_keys_of_the_environment_are_hidden_in_any_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{CANARY}/x")
    encoded = base64.b64encode(f"{CANARY}/x".encode()).decode()
    hidden = without_credentials(f"you sent {CANARY}/x, {CANARY}%2Fx and {encoded}")
    assert hidden == "you sent ***, *** and ***"


def test_plain_data_is_cleaned_by_names_and_options() -> None:
    data = {
        "command": ["eval", "--api-key", "a b", "--base-url", "http://u:p@h"],
        "token": "q",
        "n": [1, None],
    }
    assert without_credentials_in(data) == {
        "command": ["eval", "--api-key", "***", "--base-url", "http://***@h"],
        "token": "***",
        "n": [1, None],
    }


@settings(deadline=None)  # the first call loads what recognises tokens
@given(
    st.lists(
        st.sampled_from([*WITH_ONE, *WITHOUT, "://", "key=", "--token ", "@", '"']) | st.text(max_size=20)
    )
)
def test_hiding_never_fails_and_leaves_nothing_for_a_second_time(parts: list[str]) -> None:
    once = without_credentials(" ".join(parts))
    assert without_credentials(once) == once
    credentials_in(" ".join(parts))


@pytest.mark.parametrize(
    "seed",
    ["://", "://a:", "a:b@", "key=", "--key ", "token: ", "Basic ", "a.", "&token=", "u:p@h.", "cookie: "],
)
def test_hiding_takes_linear_time(seed: str) -> None:
    text = (seed * 100_000)[:100_000]
    began = time.process_time()
    without_credentials(text)
    assert time.process_time() - began < 5 * SLOWNESS


def test_no_error_holds_a_credential() -> None:
    error = RagError(f"no way to https://a:{CANARY}@h", why=f"token={CANARY}", fix=f"run: llm --key {CANARY}")
    assert CANARY not in str(error) + "".join(error.args) + error.what + error.why + error.fix


def everything_written(folder: Path, captured: Captured) -> str:
    """Return the content of all files below `folder` and what was printed."""
    printed = captured.readouterr()
    files = (path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file())
    return "\n".join((printed.out, printed.err, *files))


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_lines(tmp_path / "tea.jsonl", TASKS[:1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


EVAL = ["eval", "tea.jsonl", "--isolation", ISOLATION, "--context", "none", "--out", "run"]


@pytest.mark.slow
def test_the_key_of_a_command_is_in_no_file_of_a_run(tasks: Path, capsys: Captured) -> None:
    program = tasks / "model.py"
    program.write_text("import sys; sys.stdin.read(); print('x = 1  #', sys.argv)")
    command = shlex.join([sys.executable, str(program), "--key", CANARY])
    assert main([*EVAL, "--generator", f"command:{command}"]) == 0
    written = everything_written(tasks / "run", capsys)
    assert CANARY not in written
    assert json.loads((tasks / "run/manifest.json").read_text())["generator"]["name"].endswith("--key ***")
    # Another key is no other run.
    assert main([*EVAL, "--generator", f"command:{command.replace(CANARY, 'Other8xyz1')}"]) == 0
    assert main(["eval", "--again", "run"]) == 1
    assert "credential" in capsys.readouterr().err


def test_a_command_that_fails_does_not_tell_its_key(tasks: Path, capsys: Captured) -> None:
    program = "import sys; sys.exit('bad key ' + sys.argv[2])"
    command = shlex.join([sys.executable, "-c", program, "--key", CANARY])
    assert main([*EVAL, "--generator", f"command:{command}"]) == 1
    assert CANARY not in everything_written(tasks / "run", capsys)


@pytest.mark.parametrize("how", ["plain", "basic", "base64", "json"])
def test_a_server_that_repeats_what_it_was_sent_reveals_nothing(
    tasks: Path, capsys: Captured, how: str
) -> None:
    login = base64.b64encode(f"ci:{CANARY}".encode()).decode()
    said = {
        "plain": f"the password {CANARY} is wrong",
        "basic": f"refused: Basic {login}",
        "base64": f"refused {login}",
        "json": json.dumps({"authorization": f"Basic {login}", "user": f"ci:{CANARY}"}),
    }[how]
    with serving(refusal(401, said)) as endpoint:
        address = endpoint.url.replace("://", f"://ci:{CANARY}@")
        assert main([*EVAL, "--generator", "openai:m", "--base-url", address]) == 1
    written = everything_written(tasks / "run", capsys)
    assert CANARY not in written
    assert login not in written


def test_an_answer_does_not_keep_the_key(
    tasks: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with serving(answer(f"key = '{CANARY}'")) as endpoint:
        assert main(["generate", "--generator", "openai:m", "--base-url", endpoint.url, "x"]) in (
            0,
            1,
        )
        assert main([*EVAL, "--generator", "openai:m", "--base-url", endpoint.url]) == 0
    assert CANARY not in everything_written(tasks / "run", capsys)


def test_wrong_usage_does_not_tell_a_key(capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        main(["status", "--api-key", CANARY])
    assert CANARY not in capsys.readouterr().err


def test_a_site_with_a_key_in_its_address_is_refused() -> None:
    for address in (f"https://docs.host/?token={CANARY}", f"https://u:{CANARY}@docs.host/"):
        with pytest.raises(RagError) as refused:
            spec_for(address)
        assert CANARY not in str(refused.value)


def test_the_address_of_pages_in_a_manifest_loses_its_login(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "rag.toml").write_text(
        f'[[corpus]]\npath = "src"\nkind = "comments"\nurl = "https://u:{CANARY}@docs.host/"\n'
    )
    assert load_manifest(tmp_path / "rag.toml").corpora[0].url == "https://***@docs.host/"
