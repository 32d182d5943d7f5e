"""Prompts for code with a gap, byte for byte as the families of models have published them.

Each family has five cases: its own example, a gap at the end, a gap at the beginning, other files with their
names, and other files without. The sources are named beside the families.
"""

from dataclasses import dataclass

import pytest

from corpora.errors import PromptError
from rag.prompting.infill.formats import infill_format, infill_formats
from rag.prompting.infill.gap import Gap
from rag.prompting.infill.prompt import Snippet, make_infill_prompt

SNIPPETS = [Snippet("def near(): ...", "src/near.py"), Snippet("FAR = 1", "far.py")]
NAMED = "# File: far.py\n# FAR = 1\n# File: src/near.py\n# def near(): ...\n"
# (The tokens of DeepSeek have wide bars.)
BEGIN, HOLE, END = (f"<\uff5cfim\u2581{name}\uff5c>" for name in ("begin", "hole", "end"))
NAMELESS = "# FAR = 1\n# def near(): ...\n"


@dataclass
class Published:
    """What a family has published: an example, and the same prompt for gaps that are alike in each family."""

    source: str
    example: tuple[str, str, str]
    at_end: str
    at_beginning: str
    with_names: str
    without_names: str


FAMILIES = {
    "starcoder": Published(
        "card of bigcode/starcoder, 'Fill-in-the-middle'; arXiv 2305.06161, section 3.5",
        (
            "def print_hello_world():\n    ",
            "\n    print('Hello world!')",
            "<fim_prefix>def print_hello_world():\n    <fim_suffix>\n    print('Hello world!')<fim_middle>",
        ),
        "<fim_prefix>x = <fim_suffix><fim_middle>",
        "<fim_prefix><fim_suffix>\nx = 1<fim_middle>",
        "<fim_prefix><reponame>acme<filename>far.py\nFAR = 1<filename>src/near.py\ndef near(): ..."
        "<filename>src/it.py\na = 1\nb = <fim_suffix>\nc = 3\n<fim_middle>",
        f"<fim_prefix>{NAMELESS}a = 1\nb = <fim_suffix>\nc = 3\n<fim_middle>",
    ),
    "starcoder2": Published(
        "arXiv 2402.19173, section 5.1",
        ("code1_pre", "code1_suf", "<fim_prefix>code1_pre<fim_suffix>code1_suf<fim_middle>"),
        "<fim_prefix>x = <fim_suffix><fim_middle>",
        "<fim_prefix><fim_suffix>\nx = 1<fim_middle>",
        "<repo_name>acme<file_sep>far.py\nFAR = 1<file_sep>src/near.py\ndef near(): ...<file_sep>"
        "<fim_prefix>src/it.py\na = 1\nb = <fim_suffix>\nc = 3\n<fim_middle>",
        "<file_sep>FAR = 1<file_sep>def near(): ...<file_sep>"
        "<fim_prefix>a = 1\nb = <fim_suffix>\nc = 3\n<fim_middle>",
    ),
    "code-llama": Published(
        "infilling_prompt_tokens in llama/generation.py of meta-llama/codellama",
        (
            'def remove_non_ascii(s: str) -> str:\n    """ ',
            "\n    return result\n",
            '<PRE> def remove_non_ascii(s: str) -> str:\n    """  <SUF>\n    return result\n <MID>',
        ),
        "<PRE> x =  <SUF> <MID>",
        "<PRE>  <SUF>\nx = 1 <MID>",
        f"<PRE> {NAMED}a = 1\nb =  <SUF>\nc = 3\n <MID>",
        f"<PRE> {NAMELESS}a = 1\nb =  <SUF>\nc = 3\n <MID>",
    ),
    "deepseek-coder": Published(
        "READMEs of deepseek-ai/DeepSeek-Coder and DeepSeek-Coder-V2, 'Code Insertion'; of the former, "
        "'Repository Level Code Completion'",
        (
            "def quick_sort(arr):\n    right = []\n",
            "\n        if arr[i] < pivot:",
            f"{BEGIN}def quick_sort(arr):\n    right = []\n{HOLE}\n        if arr[i] < pivot:{END}",
        ),
        f"{BEGIN}x = {HOLE}{END}",
        f"{BEGIN}{HOLE}\nx = 1{END}",
        f"{BEGIN}#far.py\nFAR = 1\n#src/near.py\ndef near(): ...\n#src/it.py\na = 1\nb = {HOLE}"
        f"\nc = 3\n{END}",
        f"{BEGIN}{NAMELESS}a = 1\nb = {HOLE}\nc = 3\n{END}",
    ),
    "qwen2.5-coder": Published(
        "README of QwenLM/Qwen2.5-Coder, 'File-Level Code Completion', 'Repository-Level Code Completion', "
        "and 'Repo Level Code Infilling', which puts one after the other",
        (
            "def quicksort(arr):\n    pivot = arr[len(arr) // 2]\n    ",
            "\n    middle = [x for x in arr if x == pivot]",
            "<|fim_prefix|>def quicksort(arr):\n    pivot = arr[len(arr) // 2]\n    <|fim_suffix|>\n"
            "    middle = [x for x in arr if x == pivot]<|fim_middle|>",
        ),
        "<|fim_prefix|>x = <|fim_suffix|><|fim_middle|>",
        "<|fim_prefix|><|fim_suffix|>\nx = 1<|fim_middle|>",
        "<|repo_name|>acme\n<|file_sep|>far.py\nFAR = 1\n<|file_sep|>src/near.py\ndef near(): ...\n"
        "<|file_sep|>src/it.py\n<|fim_prefix|>a = 1\nb = <|fim_suffix|>\nc = 3\n<|fim_middle|>",
        f"<|fim_prefix|>{NAMELESS}a = 1\nb = <|fim_suffix|>\nc = 3\n<|fim_middle|>",
    ),
    "codegemma": Published(
        "ai.google.dev/gemma/docs/codegemma/prompt-structure",
        (
            "import ",
            "\nif __name__ == '__main__':\n   sys.exit(0)",
            "<|fim_prefix|>import <|fim_suffix|>\nif __name__ == '__main__':\n   sys.exit(0)<|fim_middle|>",
        ),
        "<|fim_prefix|>x = <|fim_suffix|><|fim_middle|>",
        "<|fim_prefix|><|fim_suffix|>\nx = 1<|fim_middle|>",
        "far.py\nFAR = 1<|file_separator|>src/near.py\ndef near(): ...<|file_separator|>src/it.py\n"
        "<|fim_prefix|>a = 1\nb = <|fim_suffix|>\nc = 3\n<|fim_middle|>",
        "FAR = 1<|file_separator|>def near(): ...<|file_separator|>"
        "<|fim_prefix|>a = 1\nb = <|fim_suffix|>\nc = 3\n<|fim_middle|>",
    ),
    "codestral": Published(
        "encode_fim in tokens/tokenizers/instruct.py of mistralai/mistral-common",
        ("def f(", "return a + b", "[SUFFIX]return a + b[PREFIX]def f("),
        "[SUFFIX][PREFIX]x = ",
        "[SUFFIX]\nx = 1[PREFIX]",
        f"[SUFFIX]\nc = 3\n[PREFIX]{NAMED}a = 1\nb = ",
        f"[SUFFIX]\nc = 3\n[PREFIX]{NAMELESS}a = 1\nb = ",
    ),
    "granite": Published(
        "arXiv 2405.04324, section 4: the tokenizer of StarCoder and its tokens",
        (
            "def f(x):\n    ",
            "\n    return y",
            "<fim_prefix>def f(x):\n    <fim_suffix>\n    return y<fim_middle>",
        ),
        "<fim_prefix>x = <fim_suffix><fim_middle>",
        "<fim_prefix><fim_suffix>\nx = 1<fim_middle>",
        f"<fim_prefix>{NAMED}a = 1\nb = <fim_suffix>\nc = 3\n<fim_middle>",
        f"<fim_prefix>{NAMELESS}a = 1\nb = <fim_suffix>\nc = 3\n<fim_middle>",
    ),
    "granite-4": Published(
        "cards of ibm-granite/granite-3.3-8b-base and granite-4.0-h-small, 'Fill-in-the-Middle'",
        (
            "def f(x):\n    ",
            "\n    return y",
            "<|fim_prefix|>def f(x):\n    <|fim_suffix|>\n    return y<|fim_middle|>",
        ),
        "<|fim_prefix|>x = <|fim_suffix|><|fim_middle|>",
        "<|fim_prefix|><|fim_suffix|>\nx = 1<|fim_middle|>",
        f"<|fim_prefix|>{NAMED}a = 1\nb = <|fim_suffix|>\nc = 3\n<|fim_middle|>",
        f"<|fim_prefix|>{NAMELESS}a = 1\nb = <|fim_suffix|>\nc = 3\n<|fim_middle|>",
    ),
    "plain": Published(
        "arXiv 2107.03374, section 2: the model continues the text",
        (
            'def incr_list(l: list):\n    """Return list with elements incremented by 1."""\n',
            "\nprint(incr_list([1]))",
            'def incr_list(l: list):\n    """Return list with elements incremented by 1."""\n',
        ),
        "x = ",
        "",
        f"{NAMED}a = 1\nb = ",
        f"{NAMELESS}a = 1\nb = ",
    ),
    "incoder": Published(
        "infill in example_usage.py of dpfried/incoder, with extra_sentinel",
        (
            'def count_words(filename):\n    """ ',
            ' """\n    counts = Counter()',
            'def count_words(filename):\n    """ <|mask:0|> """\n    counts = Counter()<|mask:1|><|mask:0|>',
        ),
        "x = <|mask:0|><|mask:1|><|mask:0|>",
        "<|mask:0|>\nx = 1<|mask:1|><|mask:0|>",
        f"{NAMED}a = 1\nb = <|mask:0|>\nc = 3\n<|mask:1|><|mask:0|>",
        f"{NAMELESS}a = 1\nb = <|mask:0|>\nc = 3\n<|mask:1|><|mask:0|>",
    ),
}


def prompt(family: str, before: str, after: str) -> str:
    return make_infill_prompt(Gap(before, after), model_format=infill_format(family)).text


def test_every_family_has_its_cases() -> None:
    assert {*FAMILIES} == {one.name for one in infill_formats()}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gap_is_shown_as_the_family_has_published_it(family: str) -> None:
    published = FAMILIES[family]
    before, after, expected = published.example
    assert prompt(family, before, after) == expected
    assert prompt(family, "x = ", "") == published.at_end
    assert prompt(family, "", "\nx = 1") == published.at_beginning


@pytest.mark.parametrize("metadata", [True, False], ids=["with names", "without names"])
@pytest.mark.parametrize("family", FAMILIES)
def test_files_of_the_repository_stand_where_the_family_expects_them(family: str, metadata: bool) -> None:
    gap = Gap("a = 1\nb = ", "\nc = 3\n", "src/it.py", "python", "acme")
    made = make_infill_prompt(gap, SNIPPETS, model_format=infill_format(family), metadata=metadata)
    assert made.text == (FAMILIES[family].with_names if metadata else FAMILIES[family].without_names)
    assert list(made.snippets) == SNIPPETS


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("qwen2.5-coder-1.5b-instruct-q4_k_m", "qwen2.5-coder"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen2.5-coder"),
        ("bigcode/starcoder2-3b", "starcoder2"),
        ("starcoder:15b", "starcoder"),
        ("codellama/CodeLlama-7b-hf", "code-llama"),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Base", "deepseek-coder"),
        ("codestral:22b-v0.1", "codestral"),
        ("ibm-granite/granite-8b-code-base-4k", "granite"),
        ("granite-4.0-h-small", "granite-4"),
        ("facebook/incoder-1B", "incoder"),
        ("google/codegemma-2b", "codegemma"),
        ("code-llama", "code-llama"),
    ],
)
def test_a_model_is_of_the_family_that_its_name_begins_with(model: str, family: str) -> None:
    assert infill_format(model).name == family


@pytest.mark.parametrize("model", ["gpt-5", "", "mycodellamas", "starcoder21b"])
def test_a_model_of_no_known_family_is_refused_with_those_that_are(model: str) -> None:
    with pytest.raises(PromptError) as raised:
        infill_format(model)
    assert "qwen2.5-coder" in raised.value.why


def test_every_family_ends_an_answer_with_its_own_tokens() -> None:
    for one in infill_formats():
        assert one.stop and all(text.strip() for text in one.stop), one.name
