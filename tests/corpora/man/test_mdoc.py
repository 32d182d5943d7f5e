"""Pages in the macros of mdoc(7) read as mandoc shows them."""

import pytest

from corpora.document import Section
from corpora.man.page import parse_manual_page
from corpora.man.sections import manual_sections

_START = ".Dd May 1, 2024\n.Dt SWEEP 8\n.Os\n.Sh NAME\n.Nm sweep\n.Nd clean the floor\n.Sh DESCRIPTION\n"


def text_of(lines: str) -> str:
    """Return the prose that `lines` show in the description of a page."""
    (command,) = manual_sections(parse_manual_page(_START + lines), "sweep")
    return command.text.removeprefix("sweep - clean the floor\n\n")


def units_of(lines: str) -> dict[str, Section]:
    """Return the sections of a page with `lines` in its description, without the first, by their names."""
    return {one.name: one for one in manual_sections(parse_manual_page(_START + lines), "sweep")[1:]}


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (".Pa .profile\nis read.", ".profile is read."),
        (".Ql \\&.\nis the folder.", "'.' is the folder."),
        (".Ql ...\nis a part.", "'...' is a part."),
        (".Ql 'x'\nis quoted.", "''x'' is quoted."),
        (".No .Xr\n.No 'tis", ".Xr 'tis"),
        ("See\n.Xr ls 1 ,\n.Xr mktemp 3 .", "See ls(1), mktemp(3)."),
        (".Pq see Xr ls 1", "(see ls(1))"),
        (".Fl a Ar file , Fl Fl all", "-a file, --all"),
        (".Fl a b | c", "-a -b | -c"),
        (".Fl\nand\n.Fl .", "- and -."),
        (".Fl f Ns Ar file", "-ffile"),
        (".Fl -long Ns = Ns Ar value", "--long=value"),
        (".Ar\nand\n.Ar a b ;", "file ... and a b;"),
        (".Op Fl v Op Fl w", "[-v [-w]]"),
        (".Op Fl v ,\nthen", "[-v], then"),
        (".Oo Fl a\n.Ar x Oc Ns ...", "[-a x]..."),
        (".Oo\n.Fl a |\nplain\n.Oc end", "[-a | plain] end"),
        (".Pf ( Ar x )", "(x)"),
        (".Pf $ Ev HOME", "$HOME"),
        (".Nm Ap s\nfloor", "sweep's floor"),
        (".Dq Li a b .", '"a b".'),
        (".Aq Mt me@example.org", "<me@example.org>"),
        (".Lk https://example.org the site .", "the site: https://example.org."),
        (".Sx SEE ALSO\nand\n.Em not Sy that", "SEE ALSO and not that"),
        (".Sm off\n.Ar a : b\n.Sm on\n.Ar c", "a:b c"),
        ('.Ql "a b"', "'a b'"),
        ('.Ar "Fl"', "Fl"),
        (".Fn open \"const char *path\" 'flags'", "open(const char *path, 'flags')"),
        (".Fo open\n.Fa path\n.Fa flags\n.Fc .", "open(path, flags)."),
        (".In stdio.h", "<stdio.h>"),
        (".Bx 4.4\n.Fx 13.0\n.At v7 ,\n.Ux", "4.4BSD FreeBSD 13.0 Version 7 AT&T UNIX, UNIX"),
        (".St -p1003.1-2008", 'IEEE Std 1003.1-2008 ("POSIX.1")'),
        (".Ex -std", "The sweep utility exits 0 on success, and >0 if an error occurs."),
        (".Rs\n.%A Ken\n.%B UNIX\n.Re", "Ken, UNIX."),
        (".Rs\n.%T RFC 1\n.%A Ken\n.%A Dennis\n.Re", "Ken and Dennis, RFC 1."),
        (".Rs\n.%A Ken\n.%A Dennis\n.%A Doug\n.Re", "Ken, Dennis, and Doug."),
        (".Eo <\nx\n.Ec >", "<x>"),
        ("a \\*(Lt b \\*qc\\*q", 'a < b "c"'),
        (".Dl sweep -a | less", "sweep -a | less"),
        (".Bd -literal -offset indent\n  a  b\n\nc\n.Ed", "  a  b\n\nc"),
        (".Bl -column -offset x\n.It a Ta b\n.It c\td\n.El", "a  b\nc  d"),
    ],
)
def test_a_line_of_macros_reads_as_mandoc_shows_it(lines: str, text: str) -> None:
    assert text_of(lines) == text


@pytest.mark.parametrize(
    ("head", "term"),
    [
        (".It Fl a Ar file , Fl Fl all", "-a file, --all"),
        (".It Fl a Xo\n.Ar x\n.Op Ar y\n.Xc", "-a x [y]"),
        (".It Fl a | Fl Fl all Ns = Ns Ar x", "-a | --all=x"),
        (".It Fl a Oo Ar x Oc", "-a [x]"),
        (".It Fl a\n.It Fl -all", "-a, --all"),
    ],
)
def test_the_term_of_an_item_has_all_its_macros(head: str, term: str) -> None:
    (unit,) = units_of(f".Bl -tag -width Ds\n{head}\nTake all.\n.El").values()
    assert (unit.signature, unit.text) == (term, "sweep - clean the floor\nTake all.")


def test_text_behind_a_nested_list_still_belongs_to_its_item() -> None:
    lines = ".Bl -tag\n.It Fl m Ar mode\nModes:\n.Bl -bullet\n.It\nfast\n.It\nslow\n.El\n"
    units = units_of(f"{lines}Default: fast.\n.Pp\nRead it.\n.It Fl q\nSay less.\n.El\n.Pp\nBehind it.")
    assert list(units) == ["sweep -m", "sweep -q", "sweep Description"]
    for word in ("Modes:", "* fast", "* slow", "Default: fast.", "Read it."):
        assert word in units["sweep -m"].text
    assert units["sweep Description"].text.endswith("Behind it.")


def test_a_page_with_macros_of_its_own_is_not_taken_for_mdoc() -> None:
    page = parse_manual_page('.rn SH Sh\n.de SH\n.Sh "\\\\$1"\n..\n.TH A 1\n.SH NAME\na - pack\n')
    assert page.name == "A"


def test_enclosures_within_each_other_are_closed_up_to_a_hundred() -> None:
    assert text_of(".Oo\n" * 20_000 + "x").count("]") == 100
