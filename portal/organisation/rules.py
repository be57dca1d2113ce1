"""Pure rules about people's names and units."""

from __future__ import annotations

_LETTERS = "abcdefghjklmnopqrstwxyz"
_FIRST = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8,
    0xC4C3, 0xC5B6, 0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1,
)  # fmt: skip
_LAST = 0xD7F9


def sort_key(name: str) -> str:
    """Names sort by their pronunciation: GB 18030 keeps the 3,755 common characters in that order.

    Hexadecimal, so that both databases compare it as plain text.
    """
    return name.strip().casefold().encode("gb18030", "replace").hex()


def initials(name: str) -> str:
    """The first letters of a name's characters or words, to be found by: 张伟 is zw, Li Na is ln.

    A character outside the common ones has no letter and is left out.
    """
    letters = []
    for word in name.strip().split():
        if word.isascii():
            letters.append(word[0].lower())
        else:
            letters.extend(filter(None, map(_letter, word)))
    return "".join(letters)


def _letter(sign: str) -> str:
    """Where the character stands among the common ones says its first letter."""
    try:
        code = int.from_bytes(sign.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _FIRST[0] <= code <= _LAST:
        return ""
    return _LETTERS[sum(first <= code for first in _FIRST) - 1]
