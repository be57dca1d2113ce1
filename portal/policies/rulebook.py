"""What code may ask the manuals: rules with key, type, unit, bounds and default. Pure; the answers are in `queries`.

    @ruleset(say("Lateness"))
    class LatenessRules:
        \"\"\"What the staff manual decides about coming late.\"\"\"

        grace: Rule[int] = rule("attendance.late_grace", say("Grace before an arrival is late"), unit="minutes",
                                default=0, at_least=0, at_most=60)

    rules = in_force(LatenessRules, on=day, for_=department)
    rules.grace.value, rules.grace.clause

A value is kept as the text that stands in the manual (`5`, `1%, 1%, 5%`, `24 hours`): `Key.parse` reads it and refuses
with a sentence, `Key.write` writes it back, `Key.lines` says it to people. A default never costs anyone money: a
declaration whose default would is an error, unless it is a limit that protects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

from portal.kernel.errors import Clause, Refused
from portal.kernel.text import Said, say
from portal.policies.kinds import UNITS, Columns, Fen, Kind, Line, Maybe, Shares, Table, folded, kind_of

__all__ = ["Explanation", "Fen", "Key", "Rule", "Shares", "Table", "rule", "ruleset"]

T = TypeVar("T")
V = TypeVar("V")
R = TypeVar("R")

RULESETS: list[type[Any]] = []
"""Every ruleset that a feature declared, in the order of the features."""
KEYS: dict[str, Key[Any]] = {}
"""Every declared key by its name."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """What holds for one key: the value, the clause that says so, and the day from which it does.

    `clause` and `since` are None where no manual says anything and the declared default holds. `unapproved`: the
    version was published in an emergency and nobody has approved it yet.
    """

    key: Key[T]
    value: T
    clause: Clause | None = None
    since: date | None = None
    unapproved: bool = False

    def at(self: Rule[Table[V]], **where: str | Enum) -> Rule[V | None]:
        """The one line of a table that fits, still with its clause; its value is None where no line does."""
        inner: Any = self.key.kind
        key = replace(cast(Any, self.key), kind=Maybe(inner.of))
        return Rule(key, self.value.at(**where), self.clause, self.since, self.unapproved)

    def explain(self) -> Explanation:
        """What a page tells about this value beside the clause's own words (`queries.ruling_notes`)."""
        return Explanation(self.key.label, self.key.lines(self.value), self.clause, self.since)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A value in words: what is ruled, the lines of the value, the clause (None: the declared default)."""

    label: Said
    lines: tuple[Line, ...]
    clause: Clause | None
    since: date | None


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One thing that code asks the manuals. `label` says to people what is ruled, `affects` what follows from it;
    `unit` is one of UNITS or empty. `of_people`: the code asks for somebody, so that what is said to a post that they
    hold decides; what is asked for departments alone no post can rule."""

    name: str
    label: Said
    kind: Kind[T]
    default: T
    unit: str = ""
    at_least: Any = None
    at_most: Any = None
    attribute: str = ""
    affects: Said | None = None
    of_people: bool = False

    def parse(self, text: str) -> T:
        """The value that `text` names. Raises Refused with what is wrong: no such value, or out of bounds."""
        value = self.read(text)
        for part in self.kind.parts(value):
            if self.at_least is not None and part < self.at_least:
                raise Refused(say("{rule}: at least {limit}.", rule=self.label, limit=self._one(self.at_least)))
            if self.at_most is not None and part > self.at_most:
                raise Refused(say("{rule}: at most {limit}.", rule=self.label, limit=self._one(self.at_most)))
        return value

    def read(self, text: str) -> T:
        """As `parse`, but bounds are not looked at: what was published stays in force when they are drawn closer."""
        try:
            return self.kind.parse(folded(text))
        except Refused as no:
            raise Refused(say("{rule}: {problem}", rule=self.label, problem=no.sentence)) from no

    def write(self, value: T) -> str:
        """The one spelling of `value`: what the table of rulings keeps and a manual's file may say."""
        return self.kind.write(value)

    def lines(self, value: T) -> tuple[Line, ...]:
        """`value` for people, with its unit: one line, or one for each line of a table."""
        return tuple(self.kind.lines(value, self.unit))

    def bounds(self) -> Said | None:
        """The limits that a manual must keep to, or None where there are none."""
        if self.at_least is not None and self.at_most is not None:
            return say("{least} to {most}", least=self._one(self.at_least), most=self._one(self.at_most))
        if self.at_least is not None:
            return say("at least {limit}", limit=self._one(self.at_least))
        if self.at_most is not None:
            return say("at most {limit}", limit=self._one(self.at_most))
        return None

    def _one(self, part: Any) -> Said:
        return self.kind.one(part, self.unit)


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    label: Said
    _: KW_ONLY
    default: Any
    unit: str
    at_least: Any
    at_most: Any
    by: Columns = field(default_factory=dict)
    protects: bool = False
    affects: Said | None = None
    of_people: bool = False


def rule(
    name: str,
    label: Said,
    *,
    default: Any,
    unit: str = "",
    at_least: Any = None,
    at_most: Any = None,
    by: Columns | None = None,
    protects: bool = False,
    affects: Said | None = None,
    of_people: bool = False,
) -> Any:
    """Declare one rule of a ruleset, annotated `Rule[…]` with the type of its value:

    int (with a unit), Decimal (a share), Shares, Fen, bool, a StrEnum, Allowance (a length of time for deadlines),
    Table[…] of one of these, or one of these `| None`.

    `by`: the columns of a Table, each a closed list, or `str` for the codes of a list that staff keep.
    `protects`: a share or an amount that limits what may be taken, so that its default costs nobody money.
    `affects`: what the portal does by it, as a sentence for the page of the key.
    `of_people`: it is asked for by `in_force_for`, so that a post can be ruled as well.
    """
    return _Declared(
        name, label, default=default, unit=unit, at_least=at_least, at_most=at_most, by=by or {}, protects=protects,
        affects=affects, of_people=of_people,
    )  # fmt: skip


def ruleset(title: Said) -> Callable[[type[R]], type[R]]:
    """Register a class of rules that are asked for together; `title` heads them on the page of all rules.

    Raises ValueError for a key that is declared twice, an unknown unit or kind, a default out of its own bounds, or one
    that would cost somebody money.
    """

    def declare(cls: type[R]) -> type[R]:
        found: list[Key[Any]] = []
        hints = get_type_hints(cls)
        for attribute, declared in list(vars(cls).items()):
            if isinstance(declared, _Declared):
                found.append(_key(attribute, declared, hints.get(attribute)))
                delattr(cls, attribute)
        if not found:
            raise ValueError(f"{cls.__name__} declares no rule")
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.__rules__ = tuple(found)  # type: ignore[attr-defined]
        made.__title__ = title  # type: ignore[attr-defined]
        _register(made)
        return made

    return declare


def keys(of: type[Any]) -> tuple[Key[Any], ...]:
    """The keys of a ruleset in the order in which they are declared."""
    found: tuple[Key[Any], ...] = of.__rules__
    return found


def title(of: type[Any]) -> Said:
    """What a ruleset is called on pages."""
    found: Said = of.__title__
    return found


def key_called(name: str) -> Key[Any]:
    """The declared key. Raises Refused for a name that no code asks for: a ruling on it would rule nothing."""
    if name not in KEYS:
        raise Refused(say("No rule is called “{key}”: nothing in the portal would follow it.", key=name))
    return KEYS[name]


def told(of: type[R], rulings: Mapping[str, Rule[Any]]) -> R:
    """The ruleset `of` as these rulings have it, by key; the declared default for each key that is not among them."""
    make = cast(Any, of)
    return cast(R, make(**{one.attribute: rulings.get(one.name) or Rule(one, one.default) for one in keys(of)}))


def supposing(of: type[R], *, clause: Clause | None = None, **values: Any) -> R:
    """The ruleset `of` as if `clause` gave it these values, by attribute; defaults otherwise. Asks no manual.

    Raises TypeError for an attribute that the ruleset has not.
    """
    by_attribute = {one.attribute: one for one in keys(of)}
    if unknown := values.keys() - by_attribute.keys():
        raise TypeError(f"{of.__name__} has no rule {', '.join(sorted(unknown))}")
    assumed = [Rule(by_attribute[name], value, clause) for name, value in values.items()]
    return told(of, {one.key.name: one for one in assumed})


def _key(attribute: str, declared: _Declared, hint: Any) -> Key[Any]:
    if get_origin(hint) is not Rule:
        raise ValueError(f"{declared.name} must be annotated Rule[…]")
    if not re.fullmatch(r"[a-z]+(\.[a-z][a-z_]*)+", declared.name):
        raise ValueError(f"{declared.name} is no key: write feature.what_is_ruled")
    if declared.unit and declared.unit not in UNITS:
        raise ValueError(f"{declared.name}: unknown unit {declared.unit}")
    kind = kind_of(get_args(hint)[0], declared.by)
    if (declared.at_least is not None or declared.at_most is not None) and not kind.bounded:
        raise ValueError(f"{declared.name}: values of this kind have no bounds")
    key: Key[Any] = Key(
        declared.name,
        declared.label,
        kind,
        declared.default,
        declared.unit,
        declared.at_least,
        declared.at_most,
        attribute,
        declared.affects,
        declared.of_people,
    )
    if kind.costs(declared.default) and not declared.protects:
        raise ValueError(f"{declared.name}: a default never costs anyone money")
    try:
        read = key.parse(key.write(declared.default))
    except Refused as no:
        raise ValueError(f"{declared.name}: the default is out of its own bounds") from no
    if read != declared.default:
        raise ValueError(f"{declared.name}: the default cannot be written down")
    return key


def _register(made: type[Any]) -> None:
    for one in keys(made):
        if one.name in KEYS:
            raise ValueError(f"two rules are called {one.name}")
    KEYS.update({one.name: one for one in keys(made)})
    RULESETS.append(made)
