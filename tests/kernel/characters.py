"""Makes portal/kernel/simplified.txt anew: `python -m tests.kernel.characters`."""

from __future__ import annotations

from pathlib import Path

import opencc

from portal.kernel import tokens

FILE = Path(tokens.__file__).with_name("simplified.txt")
HEAD = """\
# Traditional characters, each followed by the one that simplified text writes instead: for looking things up only.
# Character by character what OpenCC's table t2s says (Apache-2.0), and two that it leaves to the words around them.
# Made by `python -m tests.kernel.characters`; tests/kernel/test_tokens.py holds it against OpenCC.
"""
FROM_CONTEXT = {"著": "着", "瞭": "了"}
LINE = 100


def pairs() -> dict[str, str]:
    """Every traditional character with its simplified one, where that is a single other character."""
    convert = opencc.OpenCC("t2s").convert
    letters = [chr(code) for code in range(0x2E80, 0x323B0) if not 0xD800 <= code < 0xF900]
    found = {one: convert(one) for one in letters} | FROM_CONTEXT
    found = {one: other for one, other in found.items() if other != one and len(other) == 1}
    return {one: found.get(other, other) for one, other in found.items()}


def written() -> str:
    """The file as it should be."""
    line = "".join(one + other for one, other in sorted(pairs().items()))
    return HEAD + "\n".join(line[start : start + LINE] for start in range(0, len(line), LINE)) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
