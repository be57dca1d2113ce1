"""Pure rules about customers: how a telephone is compared and shown, and by which words a record is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST_WORD = 16  # characters of a word that are kept and looked for: enough to tell companies apart
MOST_WORDS = 5
WHOLE = 7  # digits from which a number can be rung as it stands, without its area code
SHORTEST_PART = 3

_SPACES = {9: " ", 10: " ", 13: " "}
_EXTENSION = re.compile(r"转|轉|分机|分機|ext|[x#]", re.IGNORECASE)
_TELEPHONE = re.compile(r"[\d\s+()./-]+")


class WordKind(StrEnum):
    """What a word of a record is: who may find by it depends on that."""

    NUMBER = "number"
    NAME = "name"
    INITIALS = "initials"
    COMPANY = "company"
    MAIL = "mail"
    TELEPHONE = "telephone"
    TELEPHONE_PART = "telephone part"


@dataclass(frozen=True, slots=True)
class Sought:
    """One word of a question in its spellings (a number may be part of one, or begin with 0 or +86)."""

    spellings: tuple[str, ...]
    telephone: bool = False


def field_of(words: str) -> str:
    """In which field of a new caller that stands which was looked for: telephone, mail or name."""
    if "@" in words:
        return "mail"
    return "telephone" if _TELEPHONE.fullmatch(folded(words)) else "name"


def folded(text: str) -> str:
    """`text` as it is compared: half width, one case, single spaces, nothing that cannot be seen."""
    half = unicodedata.normalize("NFKC", text.translate(_SPACES)).casefold()
    return " ".join("".join(sign for sign in half if unicodedata.category(sign) not in ("Cc", "Cf", "Cs")).split())


def digits(telephone: str) -> str:
    """A telephone number as it is compared: digits alone, without extension, +86 and the 0 before an area code.

    +86 138 1234 2026, 013812342026 and １３８１２３４２０２６ are one number; 0571-8881 2026 is 57188812026.
    86 without a plus is the country's code only before ten digits or more: 8612 3456 is a local number.
    """
    text = _EXTENSION.split(unicodedata.normalize("NFKC", telephone), maxsplit=1)[0]
    only = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    if text.strip().startswith("+86") or (only.startswith("86") and len(only) >= 12):
        only = only[2:]
    elif only.startswith("0086"):
        only = only[4:]
    return only.lstrip("0")


def is_telephone(text: str) -> bool:
    """Whether somebody who looked for `text` meant a telephone number."""
    return _TELEPHONE.fullmatch(folded(text)) is not None and len(digits(text)) >= SHORTEST_PART


def masked(telephone: str) -> str:
    """138****2026: for somebody who does not need the number; the last four digits tell it apart from others."""
    only = "".join(sign for sign in unicodedata.normalize("NFKC", telephone) if sign.isascii() and sign.isdigit())
    if len(only) <= 4:
        return "*" * len(only)
    before, last = only[:-4], only[-4:]
    return before[:-4] + "*" * min(4, len(before)) + last


def words_of(
    number: str, name: str, initials: str, company: str, mail: str, telephones: Iterable[str]
) -> set[tuple[WordKind, str]]:
    """Every word whose beginning finds the record: any part of a Chinese name, company or telephone, each word of a
    Latin one, the initials, the mail address and its domain."""
    found = {(WordKind.NUMBER, folded(number)), (WordKind.INITIALS, folded(initials))}
    found |= {(WordKind.NAME, word) for word in _beginnings(folded(name))}
    found |= {(WordKind.COMPANY, word) for word in _beginnings(folded(company))}
    address = folded(mail)
    found |= {(WordKind.MAIL, address), (WordKind.MAIL, address.rpartition("@")[2])}
    for telephone in telephones:
        whole = digits(telephone)
        found.add((WordKind.TELEPHONE, whole))
        found |= {(WordKind.TELEPHONE_PART, whole[start:]) for start in range(1, len(whole) - SHORTEST_PART + 1)}
    return {(kind, word if kind in _WHOLE_KINDS else word[:LONGEST_WORD].rstrip()) for kind, word in found if word}


_WHOLE_KINDS = {WordKind.TELEPHONE, WordKind.TELEPHONE_PART, WordKind.MAIL}


def _beginnings(text: str) -> Iterator[str]:
    """`text` from each of its Chinese characters and from each Latin word on."""
    for place, sign in enumerate(text):
        if sign != " " and (
            not sign.isascii() or place == 0 or not text[place - 1].isascii() or text[place - 1] == " "
        ):
            yield text[place:]


def sought(text: str) -> list[Sought]:
    """The words of a question, the longest first; all of them must be met.

    Digits with spaces, dashes or brackets are one telephone number. What is too short to tell anybody apart is left
    out: fewer than three digits, one Latin letter. No sign has a meaning of its own: % and _ are looked for as such.
    """
    line = folded(text[:200])
    words = [line] if _TELEPHONE.fullmatch(line) else line.split()[:MOST_WORDS]
    found = []
    for word in dict.fromkeys(words):
        if _TELEPHONE.fullmatch(word):
            typed = "".join(filter(str.isdigit, word))
            spellings = tuple(dict.fromkeys(one[:20] for one in (digits(word), typed) if len(one) >= SHORTEST_PART))
            if spellings:
                found.append(Sought(spellings, telephone=True))
        elif len(word) > 1 or not word.isascii():
            found.append(Sought((word if "@" in word else word[:LONGEST_WORD],)))
    return sorted(found, key=lambda one: -len(one.spellings[0]))
