"""Special characters and predefined strings of roff: see groff_char(7) and mandoc_char(7)."""

from typing import Final

# Pairs of a name and its character: `\(aq` and `\[aq]` are an apostrophe. Typographic quotes and dashes become
# those that people type, since a page is searched with these.
_PAIRS = """
aq ' cq ' oq ' dq " lq " rq " Bq " bq ' ga ` ha ^ ti ~ rs \\ sl / em -- en - hy - mi - bu * ci * sq * ul _ ru _
co (C) rg (R) tm (TM) lB [ rB ] lC { rC } la < ra > at @ sh # Do $ Eu EUR eu EUR ct ¢ Po £ Ye ¥ Cs ¤ ba | bv | or |
br | bb ¦ Fo « Fc » fo ‹ fc › r! ¡ r? ¿ de ° sc § ps ¶ dg † dd ‡ fm ' sd " mc µ pc · md · Of ª Om º %0 ‰ CR ↵
-> -> <- <- <> ↔ da ↓ ua ↑ va ↕ lA ⇐ rA ⇒ hA ⇔ dA ⇓ uA ⇑ an - lh ☜ rh ☞ OK ✓ lz ◊ bs ☺ CL ♣ SP ♠ HE ♥ DI ♦
mu x pl + eq = >= >= <= <= != != +- +- -+ -+ tmu x tdi ÷ di ÷ tno ¬ no ¬ t+- +- ** * == ≡ ne ≢ ap ~ ~~ ≈ ~= ≈ =~ ≅ |= ≃
pt ∝ f/ / 12 ½ 14 ¼ 34 ¾ 18 ⅛ 38 ⅜ 58 ⅝ 78 ⅞ S1 ¹ S2 ² S3 ³ if ∞ Ah ℵ Im ℑ Re ℜ wp ℘ pd ∂ -h ℏ hb ℏ sr √ sqrt √ is ∫
integral ∫ sum ∑ product ∏ coproduct ∐ gr ∇ es ∅ mo ∈ nm ∉ sb ⊂ nb ⊄ sp ⊃ nc ⊅ ib ⊆ ip ⊇ ca ∩ cu ∪ /_ ∠ pp ⊥ c* ⊗
c+ ⊕ st ∋ AN ∧ OR ∨ fa ∀ te ∃ nt ≠ tf ∴ 3d ∴ << ≪ >> ≫ 2mu ⁢
ff ff fi fi fl fl Fi ffi Fl ffl ss ß AE Æ ae æ OE Œ oe œ IJ Ĳ ij ĳ -D Ð Sd ð TP Þ Tp þ /O Ø /o ø O/ Ø o/ ø .i ı .j ȷ
'A Á 'E É 'I Í 'O Ó 'U Ú 'Y Ý 'C Ć 'a á 'e é 'i í 'o ó 'u ú 'y ý 'c ć `A À `E È `I Ì `O Ò `U Ù `a à `e è `i ì `o ò `u ù
^A Â ^E Ê ^I Î ^O Ô ^U Û ^a â ^e ê ^i î ^o ô ^u û :A Ä :E Ë :I Ï :O Ö :U Ü :Y Ÿ :a ä :e ë :i ï :o ö :u ü :y ÿ
~A Ã ~N Ñ ~O Õ ~a ã ~n ñ ~o õ ,C Ç ,c ç oA Å oa å /L Ł /l ł vS Š vs š vZ Ž vz ž vC Č vc č
aa ´ a" ˝ a- ¯ a. ˙ a^ ^ ab ˘ ac ¸ ad ¨ ah ˇ ao ˚ a~ ~ ho ˛ rn ‾ ul _ lc ⌈ rc ⌉ lf ⌊ rf ⌋
*A Α *B Β *G Γ *D Δ *E Ε *Z Ζ *Y Η *H Θ *I Ι *K Κ *L Λ *M Μ *N Ν *C Ξ *O Ο *P Π *R Ρ *S Σ *T Τ *U Υ *F Φ *X Χ *Q Ψ *W Ω
*a α *b β *g γ *d δ *e ε *z ζ *y η *h θ *i ι *k κ *l λ *m μ *n ν *c ξ *o ο *p π *r ρ *s σ *t τ *u υ *f ϕ *x χ *q ψ *w ω
+h ϑ +f φ +p ϖ +e ϵ ts ς
""".split()
CHARACTERS: Final[dict[str, str]] = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))

STRINGS: Final[dict[str, str]] = {
    "lq": '"', "rq": '"', "R": "(R)", "Tm": "(TM)", "''": '"', "``": '"', "Aq": "'", "aq": "'", "L\"": '"', "R\"": '"',
    # those of mdoc(7)
    "Lq": '"', "Rq": '"', "q": '"', "Lt": "<", "Gt": ">", "<": "<", ">": ">", "Le": "<=", "Ge": ">=", "<=": "<=",
    ">=": ">=", "Ne": "!=", "Am": "&", "Ba": "|", "Pm": "+-", "Pi": "pi", "If": "infinity", "Na": "NaN", "lp": "(",
    "rp": ")", "px": "POSIX", "ai": "ANSI", "=": "=", "va": "->", "ua": "^", "aa": "´", "ga": "`", "-": "-",
}  # fmt: skip
"""Strings that macro packages define: `\\*(lq`. A page may define others."""
