"""Expressions in plain text ("kappa >= 9", "GN^-1/2") read by recursive descent, and set in TeX."""

import re

# Names of letters, with the signs that stand for them where no formula can be set.
# fmt: off
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "eps": "ε", "epsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "psi": "ψ",
    "chi": "χ", "omega": "ω", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}
# fmt: on
# Functions, with their commands in TeX.
FUNCTIONS = {name: rf"\{name}" for name in ("sinh", "cosh", "tanh", "sin", "cos", "tan", "exp")}
FUNCTIONS |= {name: rf"\{name}" for name in ("log", "ln", "max", "min", "sqrt")}
FUNCTIONS |= {"log2": r"\log_2", "asinh": r"\operatorname{asinh}", "tr": r"\operatorname{tr}"}
RELATIONS = {"<=": r"\le", ">=": r"\ge", "->": r"\to", "=": "=", "<": "<", ">": ">"}

CLAIM = re.compile(r"(?<!\w)(?:[FS][EIX][QL]-\d+[a-c]?|B-\d+)\b")
POINT = re.compile(r"\([a-g]\)(?=[\s,;:.]|$)")  # of a list: (a), (b)
_APART = re.compile(r"-|a (?![a-z][/^_(]|\d)")  # a sign between sums, an article
_ARTICLE = re.compile(r"a (?![a-z][/^_(]|[\d+=<>-])")
_POWER = re.compile(r"GN\^(-?(?:\d+(?:/\d+)?|[pq]))(?![\w^])")
_HYPHEN = rf"(?!-(?!(?:{'|'.join(GREEK)})\b)[a-z]{{2}})"  # 2-cycle is a word, 1-beta is not
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?!\.\d)" + _HYPHEN)
_NAME = re.compile(r"([A-Za-z]+)(\d*)(?![A-Za-z])")
_RANGE = re.compile(r"\.\.(\d+)(?![\d.])")  # 1..4
_SUBSCRIPT = re.compile(r"_(-?\d(?:/\d)?|[A-Za-z]+|\d+)")
_RAISED = re.compile(r"\^(-?(?:\d+(?:\.\d+)?|[A-Za-z](?![A-Za-z])))")


def formula_at(text, at):
    """Return the TeX of the longest formula that begins here and its end, or None."""
    before = text[at - 1] if at else " "
    words = (CLAIM, POINT, _ARTICLE)
    if before.isalnum() or before in "'-`_" or any(each.match(text, at) for each in words):
        return None
    parser = _Parser(text)
    found = parser.relation(at)
    if found is None:
        return None
    tex, end = found
    alone = text[at:end]
    if re.fullmatch(r"[\d.,]+|a", alone):
        return None  # a number and an article are words
    if alone == "A" and (at == 0 or text[at - 2 : at] in (": ", ". ")):
        return None
    if end < len(text) and (text[end].isalnum() or text[end] in "`_^"):
        return None
    return tex, end


class _Parser:
    """Recursive descent; each rule returns TeX and the end, or None."""

    def __init__(self, text):
        self.text = text

    def relation(self, at):
        """Read sums with signs between them: 0 < a <= b."""
        return self._chain(at, self.sum, r" ?(<=|>=|->|=|<|>) ?", lambda s: f" {RELATIONS[s]} ")

    def sum(self, at):
        """Read products with plus and minus between them, one before the first."""
        sign = "-" if self.text.startswith("-", at) else ""
        found = self._chain(at + len(sign), self.product, r" ?([+-])(?!>) ?", lambda s: f" {s} ")
        return found and (sign + found[0], found[1])

    def product(self, at):
        """Read powers side by side, or with a sign between them."""
        found = self.power(at)
        if found is None:
            return None
        tex, end = found
        while True:
            sign = re.compile(r"/| x (?=[\dmnd]\b)| kron ").match(self.text, end)
            then = self.power(sign.end()) if sign else None
            if then:
                signs = {"/": "/", " x ": r" \times ", " kron ": r" \otimes "}
                tex, end = tex + signs[sign.group()] + then[0], then[1]
                continue
            then = self._beside(end)
            if then is None:
                return tex, end
            tex, end = tex + then[0], then[1]

    def _beside(self, end):
        """Read a factor that follows without a sign: 2d, (1/4)(1 + x), u^T Sigma u."""
        space = self.text.startswith(" ", end)
        begin = end + space
        if POINT.match(self.text, begin) or (space and _APART.match(self.text, begin)):
            return None
        then = self.power(begin)
        if then is None or (not space and self.text[end] not in "(|[" and then[0][0].isdigit()):
            return None
        number = _NUMBER.match(self.text, begin)
        if number and space and not self.text.startswith("^", number.end()):
            return None
        return (r"\," if space else "") + then[0], then[1]

    def power(self, at):
        """Read an atom, and what is raised after it."""
        found = self.atom(at)
        if found is None:
            return None
        tex, end = found
        if self.text.startswith("'^", end):
            tex, end = tex + "'", end + 1
        if re.compile(r"\*(?![\w(])").match(self.text, end):
            return tex + "^*", end + 1
        if re.compile(r"\+(?=[\]),;])").match(self.text, end):
            return tex + "^+", end + 1  # the value after one more step
        raised = _RAISED.match(self.text, end)
        if raised:
            power = raised.group(1)
            turned = power == "T" and re.fullmatch(r"u|\\delta(_\{\w+\})?", tex)
            return tex + "^" + (r"\top" if turned else f"{{{power}}}"), raised.end()
        if self.text.startswith(("^(", "^|"), end):
            group = self.atom(end + 1)
            if group:
                return tex + "^{" + group[0].removeprefix("(").removesuffix(")") + "}", group[1]
        return tex, end

    def atom(self, at):
        """Read a number, a name, a function with its argument, or a group."""
        for opening, closing in ("()", "[]", "||"):
            if self.text.startswith(opening, at):
                return self.group(at, opening, closing)
        power = _POWER.match(self.text, at)
        if power:
            return rf"\mathrm{{GN}}^{{{power.group(1)}}}", power.end()
        number = _NUMBER.match(self.text, at)
        if number:
            digits = re.sub(r"1e(-?\d+)", r"10^{\1}", number.group())
            digits, upto = digits.replace(",", "{,}"), _RANGE.match(self.text, number.end())
            if upto:
                return rf"{digits}, \dots, {upto.group(1)}", upto.end()
            return digits, number.end()
        name = _NAME.match(self.text, at)
        return self._named(name) if name and not CLAIM.match(self.text, at) else None

    def _named(self, name):
        word, digits = name.groups()
        if word + digits in FUNCTIONS:
            return self._function(word + digits, name.end())
        if word == "sum":
            return self._sum(name.end())
        index = _SUBSCRIPT.match(self.text, name.end())
        if word in GREEK:
            tex = "\\" + {"eps": "varepsilon", "phi": "varphi"}.get(word, word)
        elif word == "E" and re.compile(r"[\[|]| delta").match(self.text, name.end()):
            tex = r"\mathbb{E}"
        elif len(word) == 1 or word in ("dp", "dz", "dC", "dR"):
            tex = word
        elif word == "dtau":
            tex = r"d\tau"
        elif index and word[0].islower():
            tex = rf"\mathrm{{{word}}}"
        else:
            return None
        end = name.end()
        if digits:
            tex += f"_{digits}"
        elif index:
            low = index.group(1)
            low = {"max": r"\max", "min": r"\min", "inf": r"\infty"}.get(low, low)
            tex, end = tex + f"_{{{low}}}", index.end()
        elif self.text.startswith("_(", end):
            group = self.group(end + 1, "(", ")")
            if group:
                tex, end = tex + "_{" + group[0][1:-1] + "}", group[1]
        return tex, end

    def _function(self, name, at):
        """Read a function with its argument: sqrt 3, tanh(z/2), sin^2 x, sin^2 of what is said."""
        square = "^2" if self.text.startswith("^2", at) else ""
        at += len(square)
        argument = self.power(at + self.text.startswith(" ", at))
        if argument is None:
            return (FUNCTIONS[name] + square, at) if square else None
        tex, end = argument
        if name == "sqrt":
            return r"\sqrt{" + (tex[1:-1] if tex[0] == "(" and tex[-1] == ")" else tex) + "}", end
        return FUNCTIONS[name] + square + r"\," * (tex[0] not in "([") + tex, end

    def _sum(self, at):
        """Read what is summed, sum phi^2; the sum of what is said in words is a word."""
        apart = not self.text.startswith(" ", at) or _APART.match(self.text, at + 1)
        summed = None if apart else self.power(at + 1)
        return summed and (r"\sum " + summed[0], summed[1])

    def group(self, at, opening, closing):
        """Read what stands between brackets: a list, or for |x| one sum."""
        parts, at = [], at + 1
        while True:
            found = self.relation(at)
            if found is None:
                return None
            parts.append(found[0])
            at = found[1]
            between = re.compile(r", |\|(?!\|)").match(self.text, at) if opening != "|" else None
            if not between:
                break
            parts.append(r" \mid " if between.group() == "|" else ", ")
            at = between.end()
        if opening == "[" and len(parts) > 1 and self.text.startswith(")", at):
            closing = ")"  # an interval without its end
        if not self.text.startswith(closing, at):
            return None
        left, right = (r"\lvert ", r"\rvert ") if opening == "|" else (opening, closing)
        return left + "".join(parts) + right, at + 1

    def _chain(self, at, rule, pattern, sign):
        found = rule(at)
        if found is None:
            return None
        tex, end = found
        while True:
            between = re.compile(pattern).match(self.text, end)
            then = rule(between.end()) if between else None
            if then is None:
                return tex, end
            tex, end = tex + sign(between.group(1)) + then[0], then[1]
