# ruff: noqa: E501 (pages on one line each)
"""Pages that programs write from other formats have a section for each option, as hand-written ones do."""

import pytest

from corpora.document import Section
from corpora.man.page import parse_manual_page
from corpora.man.sections import manual_sections

_START = ".nh\n.TH BOX(1) box User Manuals\nThe Authors\n\n.SH NAME\n.PP\nbox - run a box\n\n\n"


def units_of(page: str) -> dict[str, Section]:
    return {one.name: one for one in manual_sections(parse_manual_page(_START + page), "box")}


@pytest.mark.parametrize(
    ("page", "name", "signature", "text"),
    [
        (  # cobra, as of kubectl
            ".SH OPTIONS\n.PP\n\\fB\\-f\\fP, \\fB\\-\\-file\\fP=[]\n\tRead FILE.\n\n.PP\n\\fB\\-q\\fP=false\n\tQuiet.\n",
            "box --file", "-f, --file=[]", "Read FILE.",
        ),
        (  # go-md2man, as of docker: paragraphs at the margin up to the next option belong to it
            ".SH OPTIONS\n.PP\n\\fB--cpus\\fP=\\fI0\\fP\n   Number of CPUs.\n\n.PP\nMay be 0.5.\n\n.PP\n\\fB-q\\fP=[]\n   Quiet.\n",
            "box --cpus", "--cpus=0", "Number of CPUs.\nMay be 0.5.",
        ),
        (
            ".SH OPTIONS\n.PP\n\\fB-q\\fP=[]\n   Quiet.\n\n.PP\n\\fB--tmpfs\\fP=[] Mount one.\n\n.PP\nFor example.\n",
            "box --tmpfs", "--tmpfs=[]", "Mount one.\nFor example.",
        ),
        (".SH OPTIONS\n.TP\n\\fB--cwd\\fP \\fIpath\\fP\nChange to it.\n", "box --cwd", "--cwd path", "Change to it."),
        (".SH OPTIONS\n.SS \\fB--cwd\\fP=\\fIpath\\fP\n.PP\nChange to it.\n", "box --cwd", "--cwd=path", "Change to it."),
        (  # urfave/cli, as of containerd
            '.SH OPTIONS\n.PP\n\\fB--address, -a\\fP="": address of the server (default: /run/a)\n',
            "box --address", '--address, -a=""', "address of the server (default: /run/a)",
        ),
        (  # ronn
            '.SH "OPTIONS"\n.IP "\\[ci]" 4\n\\fB\\-\\-raw\\fR / \\fB\\-r\\fR:\n.IP\nWrite strings\\.\n',
            "box --raw", "--raw / -r", "Write strings.",
        ),
        (
            '.SH "OPTIONS"\n.IP "\\(bu" 4\n\\fB\\-T#\\fR: Number of threads\\.\n.IP\nNote: slow\\.\n',
            "box -T", "-T#", "Number of threads.\nNote: slow.",
        ),
        (  # scdoc
            ".SH OPTIONS\n.P\n\\fB-c\\fR, \\fB--config\\fR <file>\n.RS 4\nRead it.\n.P\n.RE\n",
            "box --config", "-c, --config <file>", "Read it.",
        ),
        (  # pod2man
            '.de IX\n..\n.SH "OPTIONS"\n.IP "\\fB\\-x\\fR \\fIn\\fR" 4\n.IX Item "-x"\nTake n.\n',
            "box -x", "-x n", "Take n.",
        ),
        (  # Sphinx
            ".nr rst2man-indent-level 0\n.de1 INDENT\n.RS \\\\$1\n..\n.de UNINDENT\n.RE\n..\n"
            ".SH OPTIONS\n.INDENT 0.0\n.TP\n.BI \\-\\-out\\fB= file\nWrite it.\n.UNINDENT\n",
            "box --out", "--out=file", "Write it.",
        ),
        (  # pandoc
            ".SH OPTIONS\n.TP\n\\f[B]-f\\f[R] \\f[I]FORMAT\\f[R], \\f[B]--from=\\f[R]\\f[I]FORMAT\\f[R]\nInput.\n",
            "box --from", "-f FORMAT, --from=FORMAT", "Input.",
        ),
        (  # Asciidoctor
            ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.de URL\n\\fI\\\\$2\\fP <\\\\$1>\\\\$3\n..\n.if \\n[.g] \\{\\\n.  mso www.tmac\n"
            '.  am URL\n.    ad l\n.  .\n.\\}\n.SH "OPTIONS"\n.sp\n\\fB\\-b, \\-\\-backend\\fP=\\fIBACKEND\\fP\n.RS 4\n'
            "It\\(cqs \\(aqhtml5\\(aq\\&.\n.RE\n",
            "box --backend", "-b, --backend=BACKEND", "It's 'html5'.",
        ),
    ],
)  # fmt: skip
def test_an_option_is_a_section(page: str, name: str, signature: str, text: str) -> None:
    unit = units_of(page)[name]
    assert (unit.signature, unit.text) == (signature, f"box - run a box\n{text}")


def test_an_ordinary_paragraph_with_an_indented_line_stays_prose() -> None:
    found = units_of(".SH NOTES\nThe file has two parts, which are these:\n  first part\n  second part\n")
    assert "which are these: first part second part" in found["box Notes"].text


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (".TS\nl l.\na\tb\n_\nc\td\n.TE", "a  b\nc  d"),
        (
            ".TS\nallbox tab(:);\nlb | lb.\na:b\n=\nc:T{\nlong\n.B text\nof it\nT}\n.TE",
            "a  b\nc  long text of it",
        ),
        (".TS\nl l\nc s.\na\tT{\nx\nT}\tT{\ny\nT}\n.T&\nl.\nz\n.TE", "a  x  y\nz"),
        (".TS\nl l.\n\\fIa\\fP\t\\(bu\n\\_\t\\^\n.TE", "a  *"),
    ],
)
def test_a_table_is_a_line_for_each_row(table: str, rows: str) -> None:
    assert units_of(f".SH NOTES\n{table}\n")["box Notes"].text == f"box - run a box\n{rows}"
