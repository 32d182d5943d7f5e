# ruff: noqa: RUF001, SIM905 (a table of characters)
"""Tables of roff: special characters and predefined names; see groff_char(7), mandoc_char(7) and mdoc(7)."""

from typing import Final

# Pairs of a name and its character: `\(aq` and `\[aq]` are an apostrophe. Typographic quotes and dashes
# become those that people type, since a page is searched with these.
_PAIRS = """
aq ' cq ' oq ' dq " lq " rq " Bq " bq ' ga ` ha ^ ti ~ rs \\ sl / em -- en - hy - mi - bu * ci * sq * ul _
ru _ co (C) rg (R) tm (TM) lB [ rB ] lC { rC } la < ra > at @ sh # Do $ Eu EUR eu EUR ct ¢ Po £ Ye ¥ Cs ¤
ba | bv | or | br | bb ¦ Fo « Fc » fo ‹ fc › r! ¡ r? ¿ de ° sc § ps ¶ dg † dd ‡ fm ' sd " mc µ pc · md ·
Of ª Om º %0 ‰ CR ↵ -> -> <- <- <> ↔ da ↓ ua ↑ va ↕ lA ⇐ rA ⇒ hA ⇔ dA ⇓ uA ⇑ an - lh ☜ rh ☞ OK ✓ lz ◊ bs ☺
CL ♣ SP ♠ HE ♥ DI ♦ mu x pl + eq = >= >= <= <= != != +- +- -+ -+ tmu x tdi ÷ di ÷ tno ¬ no ¬ t+- +- ** *
== ≡ ne ≢ ap ~ ~~ ≈ ~= ≈ =~ ≅ |= ≃ pt ∝ f/ / 12 ½ 14 ¼ 34 ¾ 18 ⅛ 38 ⅜ 58 ⅝ 78 ⅞ S1 ¹ S2 ² S3 ³ if ∞ Ah ℵ
Im ℑ Re ℜ wp ℘ pd ∂ -h ℏ hb ℏ sr √ sqrt √ is ∫ integral ∫ sum ∑ product ∏ coproduct ∐ gr ∇ es ∅ mo ∈ nm ∉
sb ⊂ nb ⊄ sp ⊃ nc ⊅ ib ⊆ ip ⊇ ca ∩ cu ∪ /_ ∠ pp ⊥ c* ⊗ c+ ⊕ st ∋ AN ∧ OR ∨ fa ∀ te ∃ nt ≠ tf ∴ 3d ∴ << ≪
>> ≫ 2mu ⁢ ff ff fi fi fl fl Fi ffi Fl ffl ss ß AE Æ ae æ OE Œ oe œ IJ Ĳ ij ĳ -D Ð Sd ð TP Þ Tp þ /O Ø
/o ø O/ Ø o/ ø .i ı .j ȷ 'A Á 'E É 'I Í 'O Ó 'U Ú 'Y Ý 'C Ć 'a á 'e é 'i í 'o ó 'u ú 'y ý 'c ć `A À `E È
`I Ì `O Ò `U Ù `a à `e è `i ì `o ò `u ù ^A Â ^E Ê ^I Î ^O Ô ^U Û ^a â ^e ê ^i î ^o ô ^u û :A Ä :E Ë :I Ï
:O Ö :U Ü :Y Ÿ :a ä :e ë :i ï :o ö :u ü :y ÿ ~A Ã ~N Ñ ~O Õ ~a ã ~n ñ ~o õ ,C Ç ,c ç oA Å oa å /L Ł /l ł
vS Š vs š vZ Ž vz ž vC Č vc č aa ´ a" ˝ a- ¯ a. ˙ a^ ^ ab ˘ ac ¸ ad ¨ ah ˇ ao ˚ a~ ~ ho ˛ rn ‾ ul _ lc ⌈
rc ⌉ lf ⌊ rf ⌋ *A Α *B Β *G Γ *D Δ *E Ε *Z Ζ *Y Η *H Θ *I Ι *K Κ *L Λ *M Μ *N Ν *C Ξ *O Ο *P Π *R Ρ *S Σ
*T Τ *U Υ *F Φ *X Χ *Q Ψ *W Ω *a α *b β *g γ *d δ *e ε *z ζ *y η *h θ *i ι *k κ *l λ *m μ *n ν *c ξ *o ο
*p π *r ρ *s σ *t τ *u υ *f ϕ *x χ *q ψ *w ω +h ϑ +f φ +p ϖ +e ϵ ts ς
""".split()
CHARACTERS: Final[dict[str, str]] = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))

STRINGS: Final[dict[str, str]] = {
    "lq": '"', "rq": '"', "R": "(R)", "Tm": "(TM)",
    "''": '"', "``": '"', "Aq": "'", "aq": "'", "L\"": '"', "R\"": '"',
    # those of mdoc(7)
    "Lq": '"', "Rq": '"', "q": '"', "Lt": "<", "Gt": ">", "<": "<", ">": ">", "Le": "<=", "Ge": ">=",
    "<=": "<=", ">=": ">=", "Ne": "!=", "Am": "&", "Ba": "|", "Pm": "+-", "Pi": "pi", "If": "infinity",
    "Na": "NaN", "lp": "(", "rp": ")", "px": "POSIX", "ai": "ANSI", "=": "=", "va": "->", "ua": "^",
    "aa": "´", "ga": "`", "-": "-",
}  # fmt: skip
"""Strings that macro packages define: `\\*(lq`. A page may define others."""

LIBRARIES: Final[dict[str, str]] = {
    "libc": "Standard C Library", "libm": "Math Library", "libutil": "System Utilities Library",
    "libcrypt": "Crypt Library", "libedit": "Command Line Editor Library", "libz": "Compression Library",
    "libarchive": "Streaming Archive Library", "libpthread": "POSIX Threads Library",
    "librt": "POSIX Real-time Library", "libbsd": "Utility functions from BSD systems",
    "libmd": "Message Digest (MD4, MD5, etc.) Support Library",
}  # fmt: skip
"""Titles of the libraries that `.Lb` of mdoc(7) names."""

_ISO_C, _POSIX, _SUS = "ISO/IEC 9899:", "IEEE Std 1003.", "of the Single UNIX Specification"
STANDARDS: Final[dict[str, str]] = {
    "-ansiC": 'ANSI X3.159-1989 ("ANSI C89")', "-ansiC-89": 'ANSI X3.159-1989 ("ANSI C89")',
    "-isoC": f'{_ISO_C}1990 ("ISO C90")', "-isoC-90": f'{_ISO_C}1990 ("ISO C90")',
    "-isoC-99": f'{_ISO_C}1999 ("ISO C99")', "-isoC-2011": f'{_ISO_C}2011 ("ISO C11")',
    "-p1003.1": f'{_POSIX}1 ("POSIX.1")', "-p1003.1-88": f'{_POSIX}1-1988 ("POSIX.1")',
    "-p1003.1-90": f'{_POSIX}1-1990 ("POSIX.1")', "-p1003.1-96": 'ISO/IEC 9945-1:1996 ("POSIX.1")',
    "-p1003.1-2001": f'{_POSIX}1-2001 ("POSIX.1")', "-p1003.1-2004": f'{_POSIX}1-2004 ("POSIX.1")',
    "-p1003.1-2008": f'{_POSIX}1-2008 ("POSIX.1")', "-p1003.1-2024": f'{_POSIX}1-2024 ("POSIX.1")',
    "-p1003.1b-93": f'{_POSIX}1b-1993 ("POSIX.1b")', "-p1003.2": f'{_POSIX}2 ("POSIX.2")',
    "-p1003.2-92": f'{_POSIX}2-1992 ("POSIX.2")', "-susv1": f'Version 1 {_SUS} ("SUSv1")',
    "-susv2": f'Version 2 {_SUS} ("SUSv2")', "-susv3": f'Version 3 {_SUS} ("SUSv3")',
    "-susv4": f'Version 4 {_SUS} ("SUSv4")', "-xpg3": 'X/Open Portability Guide Issue 3 ("XPG3")',
    "-svid4": 'System V Interface Definition, Fourth Edition ("SVID4")',
    "-xpg4": 'X/Open Portability Guide Issue 4 ("XPG4")',
    "-xpg4.2": 'X/Open Portability Guide Issue 4, Version 2 ("XPG4.2")',
    "-xsh5": "X/Open System Interfaces and Headers Issue 5", "-ieee754": "IEEE Std 754-1985",
}  # fmt: skip
"""Titles of the standards that `.St` of mdoc(7) names."""
