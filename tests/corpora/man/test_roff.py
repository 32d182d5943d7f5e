"""The language of manual pages is read as far as pages use it, and within bounds."""

import pytest

from corpora.man.page import parse_manual_page
from corpora.man.roff import Lines


def shown(source: str) -> str:
    """Return the text that a page with these lines shows."""
    page = parse_manual_page(f".TH A 1\n.SH NAME\n{source}\n")
    return "\n".join(paragraph.shown for paragraph in page.paragraphs)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('.de FN \\" file name\n\\fI\\|\\\\$1\\|\\fP\n..\nRead\n.FN /etc/x\nfirst.', "Read /etc/x first."),
        (".de X END\nhidden\n.END\ntext", "text"),
        (".de X\n.  B\n.  .\ntext", "text"),
        (".de X\nno end, so this is text", "no end, so this is text"),
        (".ig ENDE\nhidden\n.ENDE\ntext", "text"),
        ('.de X\n\\\\$2 of \\\\n(.$: \\\\$*\n..\n.X a "b c"', "b c of 2: a b c"),
        (".ds Tx T\\s-2E\\s+2X\n\\*(Tx and \\*[Tx]\\*x", "TEX and TEX"),
        (".ds a one\n.as a \" two\n\\*a", "one two"),
        (".ds T< \\\\FC\n.ds T> \\\\F[]\n\\*(T<\\fB-n\\fR\\*(T>", "-n"),
        (".ie n terminal\n.el paper", "terminal"),
        (".ie t paper\n.el terminal", "terminal"),
        (".ie t \\{\\\npaper\n.ie n inner\n.el inner\n.\\}\n.el \\{\\\nterminal\n.\\}\nend", "terminal end"),
        (".if \\n(.g gnu\n.if !\\n(.g other", "gnu"),
        (".if '\\*(xy'' empty\n.if !'a'b' different", "empty different"),
        (".if (\\n(rF:(\\n(.g==0)) wrong\n.if (2>1)&(1<2) right", "right"),
        (".nr x 3\n.nr y +2\n.if \\nx>2 three\n\\nx \\ny", "three 3 2"),
        (".nr step 0 1\n.IP \\n+[step].\none\n.IP \\n+[step].\ntwo", "1. one\n2. two"),
        (".if d nosuch wrong\n.ds it x\n.if d it right\n.if r nosuch wrong", "right"),
        ("joined\\c\n.B word\nand\\\n more", "joinedword and more"),
        (".UR https://x.org\nthe site\n.UE .\n.MT me@x.org\n.ME", "the site <https://x.org>. <me@x.org>"),
        (".\\\" a comment \\\n.B text \\\" another\n'\\\" t\n'br\nend", "text end"),
        (".MR tar 1 ,\n.BR ls (1)", "tar(1), ls(1)"),
        ("a\\(bub\\[bu]c \\[u2019] \\[char65] \\N'66' \\o'e\\'' \\C'bu'", "a*b*c ' A B e' *"),
        ("\\h'-04'\\(bu\\h'+03'\\c\nitem", "* item"),
        ("\\s-1SMALL\\s0 \\s+2x\\s-2 \\s(12y\\s[0] \\s10z\\s0", "SMALL x y z"),
        ("x\\u2\\d \\v'-1'y\\v'1' \\fBb\\f[]\\f(CWc\\fP \\m[red]d\\m[]", "x2 y bc d"),
        (".als REF BR\n.REF ls (1)", "ls(1)"),
        (".de T\n. nop \\)\\$*\n..\n.T a 'b'\n.nop c", "a 'b' c"),
        (".SM\nSMALL\n.B\nbold", "SMALL bold"),
        (".de U\n\\$2 <\\$1>\\$3\n..\n.als M U\n.am M\n.ad l\n..\n.M me Ken ,", "Ken <me>,"),
        ("\\&.dot\n\\&'quote", ".dot 'quote"),
    ],
)  # fmt: skip
def test_requests_and_escapes_show_what_groff_shows(source: str, text: str) -> None:
    assert shown(source) == text


@pytest.mark.parametrize(
    "source",
    [
        ".de X\n.X\n.X\n..\n.X\n",
        ".de X\n\\\\$*\\\\$*\\\\$*\n.X \\\\$* \\\\$*\n..\n.X aaaaaaaa\n",
        ".ds a xxxxxxxxxx\n" + ".ds a \\*a\\*a\n" * 60 + "\\*a\\*a\\*a\n" * 1_000,
        ".de a b\n" * 10_000,
        ".ie n \\{\\\n" * 10_000,
        ".if " + "(" * 20_000 + "\n",
        ".nr x 9\n" + ".nr x \\nx*\\nx*\\nx\n" * 200,
        ".als a b\n.als b a\n.a\n",
        "\\h'" * 20_000,
        "\\[" * 20_000,
        ".TS\n" + "T{\n" * 20_000,
        '.B "' + '""' * 50_000,
        ".Bl -tag\n" * 8_000,
        ".Oo\n" * 30_000,
        ".nop " * 100_000 + "\n",
        ".Nm " + "x" * 10_000 + "\n" + ".Nm\n" * 30_000,
        ".if " + "".join(f"\\w{chr(0x4E00 + number)}" for number in range(20_000)) + "\n",
    ],
)
def test_a_hostile_page_takes_little_time_and_memory(source: str) -> None:
    assert sum(map(len, Lines(source))) < 20_000_000
    parse_manual_page(f".TH A 1\n.SH NAME\n{source}")
    page = parse_manual_page(f".Dd x\n.Dt A 1\n.Sh NAME\n{source}")
    assert sum(len(paragraph.text) for paragraph in page.paragraphs) < 20_000_000
