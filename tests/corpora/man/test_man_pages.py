"""Manual pages are cut into the command, each option, and the rest by its headings."""

import gzip
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Section, Skipped
from corpora.errors import CorpusError
from corpora.man.escapes import unescape
from corpora.man.page import parse_manual_page
from corpora.man.pages import decoded_page
from corpora.man.sections import manual_sections
from corpora.sources import spec_for
from corpora.spec import CorpusSpec, open_corpus
from tests.small_corpora import write_tree

PAGE = r""".\" a comment
.TH TIDY "1" "May 2024" "Tidy tools 3.2.1" "User Commands"
.SH NAME
tidy \- put files where they belong
.SH SYNOPSIS
.B tidy
[\fI\,OPTION\/\fR]... \fI\,FILE\/\fR
.SH DESCRIPTION
Moves each FILE to its place.
.PP
Mandatory arguments of long options are mandatory for short ones.
.TP
\fB\-a\fR, \fB\-\-all\fR
also those that start with a dot
.TP
.BR \-n ", " \-\-dry\-run
only tell what would be done;
see the \(lqplan\(rq below
.RS
.IP brief
a line for each file
.IP long
all that is known
.RE
.TP
.B \-q
.TQ
.B \-\-quiet
say nothing
.SH "EXIT STATUS"
Zero if all went well.
.SH EXAMPLES
.nf
$ tidy \-\-all *
  moved 3
.fi
.SH AUTHOR
Written by somebody.
"""

ASCIIDOC = r""".TH "GIT\-TIDY" "1" "10/07/2025" "Git 2\&.39\&.5" "Git Manual"
.ie \n(.g .ds Aq \(aq
.el       .ds Aq '
.if n \{\
.RS 4
.\}
.if n \{\
.RE
.\}
.SH "NAME"
git-tidy \- Put a repository in order
.SH "OPTIONS"
.PP
\-v, \-\-verbose
.RS 4
Tell more\&. It\*(Aqs long\&.
.RE
.PP
\-\-since=<date>
.br
.RS 4
Only what is newer than
\fI<date>\fR\&.
.RE
"""

MDOC = r""".Dd January 1, 2024
.Dt SWEEP 8
.Os
.Sh NAME
.Nm sweep
.Nd clean the floor
.Sh SYNOPSIS
.Nm
.Op Fl v
.Op Fl f Ar file
.Sh DESCRIPTION
The
.Nm
utility cleans.
.Bl -tag -width Ds
.It Fl f Ar file
Read
.Ar file ,
and not the list.
.It Fl v
Say what is done.
.El
"""


def sections(source: str, name: str) -> dict[str, Section]:
    return {section.name: section for section in manual_sections(parse_manual_page(source), name)}


def test_each_option_is_a_section_under_its_long_spelling() -> None:
    found = sections(PAGE, "tidy")
    assert list(found) == [
        "tidy", "tidy --all", "tidy --dry-run", "tidy --quiet", "tidy Exit status", "tidy Examples",
        "tidy Author",
    ]  # fmt: skip
    assert found["tidy --all"].signature == "-a, --all"
    assert found["tidy --quiet"].signature == "-q, --quiet"
    assert found["tidy --quiet"].aliases == ("tidy -q",)
    assert found["tidy --all"].text == (
        "tidy - put files where they belong\nalso those that start with a dot"
    )


@pytest.mark.parametrize(
    ("term", "name", "aliases"),
    [
        ("--author=<pattern>, --committer=<pattern>", "--author", ("--committer",)),
        ("--no-squash, --squash", "--squash", ("--no-squash",)),
        ("--[no-]verify", "--verify", ("--no-verify",)),
        ("-<number>, -n <number>, --max-count=<number>", "--max-count", ("-n",)),
        ("-iname pattern", "-iname", ()),
    ],
)
def test_all_spellings_of_an_option_are_its_names(term: str, name: str, aliases: tuple[str, ...]) -> None:
    dashed = term.replace("-", "\\-")
    found = sections(f".TH T 1\n.SH NAME\nt \\- try\n.SH OPTIONS\n.TP\n{dashed}\nDo it.\n", "t")
    assert f"t {name}" in found
    assert found[f"t {name}"].aliases == tuple(f"t {one}" for one in aliases)


def test_a_shortcut_says_what_it_stands_for() -> None:
    items = {
        "-d, --delete": "Delete a branch.\n.IP\nMore of it.",
        "-f, --force": "Delete it even if it is not merged.",
        "-D": "Shortcut for --delete --force.",
        "-X": "equivalent to -df",
        "-y": "like -y",
        "-z": "Delete all, like -d.",
    }
    page = "".join(f".TP\n{term}\n{text}\n" for term, text in items.items()).replace("-", "\\-")
    found = sections(f".TH B 1\n.SH NAME\nb \\- branches\n.SH OPTIONS\n{page}", "b")
    spelled_out = "--delete: Delete a branch.\n--force: Delete it even if it is not merged."
    assert found["b -D"].text == f"b - branches\nShortcut for --delete --force.\n{spelled_out}"
    assert found["b -X"].text.endswith("-d: Delete a branch.\n-f: Delete it even if it is not merged.")
    assert found["b -y"].text == "b - branches\nlike -y"
    assert found["b -z"].text == "b - branches\nDelete all, like -d."


def test_the_first_section_is_the_command_itself() -> None:
    command = sections(PAGE, "tidy")["tidy"]
    assert command.signature == "tidy [OPTION]... FILE"
    assert "Moves each FILE to its place." in command.text
    assert "start with a dot" not in command.text


def test_a_list_nested_in_an_option_belongs_to_it() -> None:
    text = sections(PAGE, "tidy")["tidy --dry-run"].text
    assert 'see the "plan" below' in text
    assert text.endswith("brief\n  a line for each file\nlong\n  all that is known")


def test_a_title_and_a_heading_without_end_are_not_repeated_as_a_whole() -> None:
    options = "".join(f".TP\n-o{number}\nOne.\n" for number in range(50))
    page = f".TH A 1\n.SH NAME\na - {'pack ' * 2_000}\n.SH {'LIMITS ' * 2_000}\n{options}"
    found = sections(page, "a")
    assert len(found["a"].text) > 10_000
    assert max(len(section.text) for name, section in found.items() if name != "a") < 1_000


def test_examples_keep_their_lines_and_authors_are_a_section_of_their_own() -> None:
    found = sections(PAGE, "tidy")
    assert "$ tidy --all *\n  moved 3" in found["tidy Examples"].text
    assert [name for name, section in found.items() if "somebody" in section.text] == ["tidy Author"]


def test_a_page_made_from_asciidoc_has_its_options() -> None:
    found = sections(ASCIIDOC, "git-tidy")
    assert found["git-tidy --verbose"].text.endswith("Tell more. It's long.")
    assert found["git-tidy --since"].signature == "--since=<date>"
    assert found["git-tidy --since"].text.endswith("Only what is newer than <date>.")


def test_a_page_in_mdoc_has_its_options() -> None:
    found = sections(MDOC, "sweep")
    assert found["sweep"].signature == "sweep [-v] [-f file]"
    assert found["sweep -f"].signature == "-f file"
    assert found["sweep -f"].text.endswith("Read file, and not the list.")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\fB\-\-all\fR\&.", "--all."),
        (r"\[u00E9]t\('e \(bu \[rs]n", "été * \\n"),
        (r"a\ b\~c\0d\|e", "a b c de"),
        (r"5\h'3m'6\s-1x\s0y \m[red]z\m[]", "5 6xy z"),
        (r"text \" a comment", "text "),
    ],
)
def test_escapes_are_resolved(source: str, text: str) -> None:
    assert unescape(source) == text


def test_a_folder_of_manual_pages_is_recognized_with_command_and_version(tmp_path: Path) -> None:
    root = tmp_path / "share" / "man"
    write_tree(
        root, {"man1/git-tidy.1": ASCIIDOC, "man1/tidy-up.1": ".so man1/tidy.1\n", "de/man1/tidy.1": PAGE}
    )
    (root / "man1" / "tidy.1.gz").write_bytes(gzip.compress(PAGE.encode()))
    (root / "man1" / "broken.1.gz").write_bytes(gzip.compress(PAGE.encode())[:100])
    (root / "man1" / "bomb.1.gz").write_bytes(gzip.compress(b"x" * 50_000_000))
    (root / "man1" / "plain.1").write_text("just text\n")
    spec = spec_for(str(root))
    assert spec.kind == "man"
    corpus = open_corpus(spec)
    outcomes = {
        entry.path: corpus.read(entry) if isinstance(entry, Listed) else entry for entry in corpus.scan()
    }
    tidy = outcomes["man1/tidy.1.gz"]
    assert isinstance(tidy, Document)
    assert (tidy.origin.library, tidy.origin.version, tidy.origin.language) == ("tidy", "3.2.1", "man")
    reasons = {path: one.reason for path, one in outcomes.items() if isinstance(one, Skipped)}
    assert reasons == {
        "de/man1/tidy.1": "ignored",
        "man1/tidy-up.1": "generated",
        "man1/broken.1.gz": "unreadable",
        "man1/bomb.1.gz": "too large",
        "man1/plain.1": "malformed",
    }


@pytest.mark.parametrize(
    ("root", "kept", "left_out"),
    [
        (".", ["usr/share/man/man1/tidy.1"], ["usr/share/man/de/man1/tidy.1"]),  # an unpacked package
        (".", ["doc/man3x/tidy.3x", "src/man1/tidy.1"], []),
        ("man", ["man8/tidy.8"], ["pt_BR/man1/tidy.1"]),
        ("pages", ["man1/tidy.1"], ["sr@latin/man1/tidy.1"]),
        ("pages", ["de/man1/tidy.1"], []),  # there is no original
    ],
)
def test_a_translation_lies_in_or_beside_the_folder_of_the_originals(
    tmp_path: Path, root: str, kept: list[str], left_out: list[str]
) -> None:
    write_tree(tmp_path / root, dict.fromkeys([*kept, *left_out], PAGE))
    found = list(open_corpus(CorpusSpec("pages", "man", str(tmp_path / root))).scan())
    assert [one.path for one in found if isinstance(one, Listed)] == kept
    assert [one.path for one in found if isinstance(one, Skipped)] == left_out


def test_an_installed_page_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"man1/tidy.1": PAGE, "man1/tidy-up.1": ASCIIDOC})
    monkeypatch.setenv("MANPATH", str(tmp_path))
    corpus = open_corpus(spec_for("man:tidy"))
    (listed,) = corpus.scan()
    assert isinstance(listed, Listed)
    document = corpus.read(listed)
    assert isinstance(document, Document) and document.origin.library == "tidy"


def test_a_link_to_nowhere_is_no_installed_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"man8/edit.8": PAGE.replace("TIDY", "EDIT"), "man1/other.1": PAGE})
    (tmp_path / "man1" / "edit.1.gz").symlink_to("/etc/alternatives/no-such-page.1.gz")
    monkeypatch.setenv("MANPATH", str(tmp_path))
    assert [item.path for item in open_corpus(spec_for("man:edit")).scan()] == ["man8/edit.8"]


def test_a_page_that_is_not_installed_is_an_error_that_lists_the_searched_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANPATH", str(tmp_path))
    with pytest.raises(CorpusError, match="no manual page 'nosuch'"):
        list(open_corpus(CorpusSpec("nosuch", "man", "nosuch")).scan())


def test_a_page_can_be_cut_twice_with_the_same_result() -> None:
    options = ".SH OPTIONS\n.TP\n-x\n.TP\n--extract\nTake files out.\n"
    page = parse_manual_page(".TH A 1\n.SH NAME\na - pack\n" + options)
    assert manual_sections(page, "a")[1].signature == "-x, --extract"
    assert manual_sections(page, "a")[1].signature == "-x, --extract"


def test_prose_behind_the_first_list_of_the_description_is_a_section() -> None:
    page = ".TH A 1\n.SH NAME\na - pack\n.SH DESCRIPTION\nFirst.\n.TP\n-x\nTake out.\n"
    found = sections(f"{page}.PP\nSizes are in kilobytes.\n", "a")
    assert found["a"].text == "a - pack\n\nFirst."
    assert found["a Description"].text == "a - pack\nSizes are in kilobytes."


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("-x, --extract", "a --extract"),
        ("[-x | --extract] FILE", "a --extract"),
        ("wait-for [-L | -S | -U] channel", "a wait-for"),
        ("AUTO_CD (-J)", "a AUTO_CD"),
        ("list UNIT PATTERN other more", "a list UNIT PATTERN other"),
        ("[file]", "a [file]"),
    ],
)
def test_an_item_is_named_by_its_option_or_by_its_words(term: str, name: str) -> None:
    page = f".TH A 1\n.SH NAME\na - pack\n.SH COMMANDS\n.TP\n{term}\nDo it.\n"
    assert list(sections(page, "a")) == ["a", name]


def test_a_heading_that_says_more_than_options_accompanies_them() -> None:
    page = (
        ".TH A 1\n.SH NAME\na - pack\n.SH OPTIONS\n.TP\n-q\nSay less.\n.SS When sorting:\n.TP\n-r\nReverse.\n"
    )
    found = sections(page, "a")
    assert found["a -q"].text == "a - pack\nSay less."
    assert found["a -r"].text == "a - pack\nWhen sorting:\nReverse."


def test_a_synopsis_that_is_too_long_for_a_signature_is_in_the_text() -> None:
    calls = "".join(f".B a --call-number-{number}\n.sp\n" for number in range(40))
    found = sections(f".TH A 1\n.SH NAME\na - pack\n.SH SYNOPSIS\n{calls}", "a")
    assert len(found["a"].signature) == 400
    assert "a --call-number-39" in found["a"].text


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        ("'\\\" -*- coding: latin-1 -*-\n{}", "latin-1"),
        ("{}", "latin-1"),
        ("{}", "utf-8"),
        ("'\\\" t -*- mode: nroff; coding: iso-8859-15 -*-\n{}", "iso-8859-15"),
        ('.\\" -*- coding: UTF-8 -*-\r\n{}', "utf-8-sig"),
        ('.\\" -*- coding: no-such-thing -*-\n{}', "latin-1"),
    ],
)
def test_a_page_is_decoded_as_its_first_lines_say(page: str, encoding: str) -> None:
    text = page.format(".TH A 1\n.SH NAME\nda\u00df - caf\u00e9\n")
    assert "da\u00df - caf\u00e9" in decoded_page(text.encode(encoding))


def test_a_cookie_names_no_codec_that_is_not_for_text() -> None:
    for name in ("hex", "punycode", "zip", "idna", "unicode_escape"):
        assert decoded_page(f'.\\" -*- coding: {name} -*-\n'.encode() + b"\xe9\n").endswith("\u00e9\n")


def test_an_installed_alias_is_read_as_the_page_it_stands_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(
        tmp_path / "man",
        {
            "man1/untidy.1": ".so man1/tidy.1\n",
            "man1/out.1": ".so ../secret.1\n",
            "man1/loop.1": ".so man1/loop.1\n",
        },
    )
    write_tree(tmp_path, {"secret.1": PAGE})
    (tmp_path / "man" / "man1" / "tidy.1.gz").write_bytes(gzip.compress(PAGE.encode()))
    monkeypatch.setenv("MANPATH", str(tmp_path / "man"))
    outcomes = {}
    for name in ("untidy", "out", "loop"):
        corpus = open_corpus(CorpusSpec(name, "man", name))
        (listed,) = corpus.scan()
        assert isinstance(listed, Listed)
        outcomes[name] = corpus.read(listed)
    page = outcomes["untidy"]
    assert isinstance(page, Document) and page.origin.path == "man1/tidy.1.gz"
    assert isinstance(outcomes["out"], Skipped) and isinstance(outcomes["loop"], Skipped)
