"""Whom a version binds where it is not everybody in its manual's department: some departments below it, or whoever
holds certain posts; and whoever acts for a team for which the manual is named (POL-046).

A place is written `department 5` or `post 12`: so it stands in a draft, in the hash of a version and as the scope of
what it rules on. A version without places binds its manual's department with those below it, or the company. In a file
that leaves the portal a place has its name: see `spelled`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.kernel.errors import Refused
from portal.kernel.text import say, text_of
from portal.organisation.company import here_on, on_day, posts_on
from portal.organisation.models import Department, Person, Placement, Post
from portal.organisation.queries import below, departments, top_department, up_from
from portal.policies.models import Manual, ManualVersion, VersionPlace
from portal.policies.repeal_models import Repeal
from portal.policies.team_models import TEAM_MANUAL, TeamMember

Scope = int | str | None
"""Where something rules: the id of a department, a post as it is written here, None for the company."""
_WRITTEN = re.compile(r"(department|post) ([1-9][0-9]{0,8})")


def post_scope(post_id: int) -> str:
    """A post as a place and as a scope."""
    return f"post {post_id}"


def written(place: Any) -> str:
    """One place of a version, or a row with its columns, as it is written."""
    return f"department {place.department_id}" if place.department_id else post_scope(place.post_id)


def is_post(scope: Scope) -> bool:
    """Whether something rules for a post there, not for a department or the company."""
    return isinstance(scope, str)


def scopes(places: Iterable[str], department_id: int | None) -> tuple[Scope, ...]:
    """Where a version rules that has these places; `department_id`: its manual's."""
    return tuple(_scope(one) for one in sorted(places)) or (department_id,)


def _scope(place: str) -> Scope:
    kind, _space, number = place.partition(" ")
    return int(number) if kind == "department" else place


def rows(places: Iterable[str]) -> list[VersionPlace]:
    """The rows of a version that keep them."""
    found = [_WRITTEN.fullmatch(one) for one in sorted(places)]
    return [VersionPlace(**{f"{one[1]}_id": int(one[2])}) for one in found if one]


# ── Who is bound ──


def bound(version: ManualVersion, day: date) -> Select[Any]:
    """Whom a version binds on a day: see `meant`; nobody once its manual is repealed."""
    return meant(version, day).where(~exists().where(Repeal.manual_id == version.manual_id, Repeal.from_on <= day))


def meant(version: ManualVersion, day: date) -> Select[Any]:
    """For whom a version is that day, whether or not it holds: who belongs to its departments or below them, holds one
    of its posts, beside another one as well, or acts for a team of its manual."""
    query = (
        select(Person.id)
        .join(Placement, and_(Placement.person_id == Person.id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .where(on_day(Placement.from_on, Placement.to_on, day), here_on(day), Person.disabled_at.is_(None))
    )
    units = [one.department_id for one in version.places if one.department_id]
    posts = [one.post_id for one in version.places if one.post_id]
    if not version.places:
        units = [version.manual.department_id] if version.manual.department_id else []
        return query.where(or_(_belongs(units), _acts_for_a_team(version.manual_id, day))) if units else query
    held = aliased(Placement)
    holds = select(held.id).where(
        held.person_id == Person.id, held.post_id.in_(posts), on_day(held.from_on, held.to_on, day)
    )
    return query.where(or_(_belongs(units), holds.exists(), _acts_for_a_team(version.manual_id, day)))


def _belongs(units: Collection[int]) -> Any:
    return Post.department_id.in_(below(units, departments()))


def _acts_for_a_team(manual_id: int, day: date) -> Any:
    return exists().where(
        TeamMember.person_id == Person.id, on_day(TeamMember.from_on, TeamMember.to_on, day),
        TEAM_MANUAL.c.team_id == TeamMember.team_id, TEAM_MANUAL.c.manual_id == manual_id,
    )  # fmt: skip


def scopes_of(posts: Iterable[RulingPost], department_id: int | None) -> list[Scope]:
    """Everything that binds somebody, the nearest first: those of `posts` that they hold, the main one before the
    others, their department, those above it, the company."""
    held = sorted((one for one in posts if one.held is not None), key=lambda one: not one.held)
    return [*(one.named.scope for one in held), *(one.id for one in up_from(department_id or 0)), None]


def binds(manual: Manual, edition: Any, mine: Collection[Scope], named: Collection[int] = ()) -> bool:
    """Whether an edition of a manual, None for none, binds somebody with these scopes. `named`: the manuals that bind
    them because they act for a team."""
    return edition is not None and (
        manual.id in named
        or any(scope in mine for scope in scopes([one.place for one in edition.places], manual.department_id))
    )


@dataclass(frozen=True, slots=True)
class Holdings:
    """Who held which posts of those that rule, and when: read once for all people and days."""

    by_person: Mapping[int, Sequence[Any]]

    @classmethod
    def of(cls, posts: Collection[Scope], *, with_published: bool = True) -> Holdings:
        """Those of these posts and, `with_published`, of every post that a version binds; one statement."""
        bound = select(VersionPlace.post_id).where(VersionPlace.post_id.is_not(None))
        ids = [int(str(one).partition(" ")[2]) for one in posts]
        query = select(Placement.person_id, Placement.post_id, Placement.main, Placement.from_on, Placement.to_on)
        which = Placement.post_id.in_(ids)
        rows = db.session.execute(
            query.where(or_(which, Placement.post_id.in_(bound)) if with_published else which)
            .order_by(Placement.main.desc(), Placement.id)
        )  # fmt: skip
        found: dict[int, list[Any]] = {}
        for row in rows:
            found.setdefault(row.person_id, []).append(row)
        return cls(found)

    def on(self, person_id: int, day: date) -> tuple[Scope, ...]:
        """The posts that somebody held on a day, their main one first."""
        return tuple(
            post_scope(one.post_id) for one in self.by_person.get(person_id, ())
            if one.from_on <= day and (one.to_on is None or day < one.to_on)
        )  # fmt: skip

    def everybody_on(self, day: date) -> dict[tuple[Scope, ...], list[int]]:
        """Whoever held some of them on a day, by which ones."""
        found: dict[tuple[Scope, ...], list[int]] = {}
        for person_id in self.by_person:
            if held := self.on(person_id, day):
                found.setdefault(held, []).append(person_id)
        return found


# ── In words ──


@dataclass(frozen=True, slots=True)
class Named:
    """A place with the department and, for a post, its title. `code`: how it stands in an address."""

    place: str
    code: str
    department_id: int
    department: dict[str, str]
    post: dict[str, str] | None

    def __str__(self) -> str:
        unit = text_of(self.department)
        return f"{text_of(self.post)}（{unit}）" if self.post else unit

    @property
    def scope(self) -> Scope:
        """Where it rules."""
        return _scope(self.place)


_UNIT, _AROUND = aliased(Department), aliased(Department)
_NAMED = (
    VersionPlace.id.label("place_id"), VersionPlace.department_id, VersionPlace.post_id, Post.titles.label("post"),
    _UNIT.names.label("unit"), _UNIT.code.label("unit_code"), _AROUND.names.label("around"),
    _AROUND.id.label("around_id"),
)  # fmt: skip


def with_places(query: Any) -> Any:
    """A query about `ManualVersion`s with a row for each place of a version; one without places keeps its row."""
    return (
        query.add_columns(*_NAMED)
        .outerjoin(VersionPlace, VersionPlace.version_id == ManualVersion.id)
        .outerjoin(_UNIT, _UNIT.id == VersionPlace.department_id)
        .outerjoin(Post, Post.id == VersionPlace.post_id)
        .outerjoin(_AROUND, _AROUND.id == Post.department_id)
    )


def gathered(rows: Iterable[Any]) -> list[tuple[Any, tuple[Named, ...]]]:
    """Of such rows the first of each version, in their order, with all its places."""
    found: dict[int, tuple[Any, list[Any]]] = {}
    for row in rows:
        found.setdefault(row.id, (row, []))[1].append(row)
    return [
        (first, tuple(_named(one) for one in sorted(every, key=lambda row: row.place_id or 0) if one.place_id))
        for first, every in found.values()
    ]


def _named(row: Any) -> Named:
    place = written(row)
    return Named(
        place, row.unit_code or _code(place), row.department_id or row.around_id, row.unit or row.around, row.post
    )  # fmt: skip


def named(places: Collection[str]) -> list[Named]:
    """Places of a draft in words, in the order of the tree; at most one statement beside the tree's."""
    tree = departments()
    wanted = {int(one.partition(" ")[2]) for one in places if one.startswith("post")}
    posts = db.session.scalars(select(Post).where(Post.id.in_(wanted))).all() if wanted else []
    by_path = [
        *((one.path, 0, Named(f"department {one.id}", one.code, one.id, one.names, None)) for one in tree.values()),
        *((tree[one.department_id].path, one.id, _post(one, tree)) for one in posts),
    ]
    return [one for _path, _id, one in sorted(by_path, key=lambda found: found[:2]) if one.place in places]


@dataclass(frozen=True, slots=True)
class RulingPost:
    """A post that some version binds. `held`: whether it is the main one of somebody, None where they hold it not."""

    named: Named
    held: bool | None


def posts_that_rule(person_id: int, day: date) -> list[RulingPost]:
    """The posts that some version binds, with whether somebody holds them on a day; one statement."""
    tree, of_versions = departments(), select(VersionPlace.post_id).where(VersionPlace.post_id.is_not(None))
    held = and_(
        Placement.post_id == Post.id, Placement.person_id == person_id, on_day(Placement.from_on, Placement.to_on, day)
    )
    rows = db.session.execute(
        select(Post, Placement.main).outerjoin(Placement, held).where(Post.id.in_(of_versions)).order_by(Post.id)
    )
    return [RulingPost(_post(post, tree), main) for post, main in rows]


def _post(post: Post, tree: Mapping[int, Department]) -> Named:
    place = post_scope(post.id)
    return Named(place, _code(place), post.department_id, tree[post.department_id].names, post.titles)


def _code(place: str) -> str:
    return place.replace(" ", "-")


def choices(manual: Manual, on: date) -> list[tuple[str, str]]:
    """The departments below a manual's and the posts in all of them, as a list with its depth shown."""
    tree, company = departments(), top_department()
    top = manual.department_id or (company.id if company else None)
    units = below([top] if top else [], tree)
    posts = posts_on(on, units)
    found = []
    for unit in (one for one in tree.values() if one.id in units):
        depth = "　" * (unit.path.count("/") - 2)
        if unit.id != top:
            found.append((f"department {unit.id}", depth + text_of(unit.names)))
        found += [
            (post_scope(one.id), f"{depth}　{text_of(one.titles)}（{text_of(unit.names)}）")
            for one in posts.values()
            if one.department_id == unit.id
        ]
    return found


def refuse_strange(manual: Manual, places: Collection[str], on: date) -> None:
    """Raises Refused for a place that is not there or not where the manual counts."""
    known = {value for value, _label in choices(manual, on)} if places else set()
    if not set(places) <= known:
        raise Refused(say("Choose departments and posts from the list: this manual counts nowhere else."))


# ── In a file ──

_BETWEEN = re.compile("([、，,；;])")
_MOST_PARTS = 10
"""Pieces of a line between commas that are one name at most: a title may have commas itself."""


@dataclass(frozen=True, slots=True)
class Called:
    """What the names in a file stand for: places below a department, or it itself as a `whole`; and the names that are
    left: those of nobody here, those that several have, those of places elsewhere."""

    places: tuple[str, ...]
    whole: bool
    unknown: tuple[str, ...]
    several: tuple[str, ...]
    elsewhere: tuple[str, ...]


def spelled(chosen: Collection[str]) -> str:
    """Places as they stand in a file, whoever reads it: a department is `CS-CMP 投诉组`, a post `客服专员（CS）`."""
    return "、".join(names[0] for place, names in _spellings() if place in chosen) if chosen else ""


def called(said: str, department_id: int | None, on: date) -> Called:
    """The places that a line of a file names, as `spelled` writes them or as people do: by code or name of a department
    in any language, by the title of a post with its department or, where only one has it, without."""
    spellings = dict(_spellings())
    exact = {_folded(names[0]): {place} for place, names in spellings.items()}
    every: dict[str, set[str]] = {}
    for place, names in spellings.items():
        for name in names:
            every.setdefault(_folded(name), set()).add(place)
    every |= exact
    tree, company = departments(), top_department()
    top = department_id or (company.id if company else None)
    units = below([top] if top else [], tree)
    here = {f"department {one}" for one in units if one != top} | {post_scope(one) for one in posts_on(on, units)}
    found: list[str] = []
    whole = f"department {top}"
    left: dict[str, list[str]] = {"unknown": [], "several": [], "elsewhere": []}
    for name in _names(said, every):
        meant = every.get(_folded(name), set())
        if len(meant & here) == 1:
            found += meant & here
        elif whole in meant and not meant & here:
            found.append(whole)
        else:
            left["several" if meant & here else "elsewhere" if meant else "unknown"].append(name)
    names_left = {why: tuple(dict.fromkeys(names)) for why, names in left.items()}
    return Called(() if whole in found else tuple(sorted(set(found))), whole in found, **names_left)


def _names(said: str, known: Collection[str]) -> Iterator[str]:
    """The names in a row; one with commas in it stays whole where somebody has it."""
    parts = _BETWEEN.split(said)
    at = 0
    while at < len(parts):
        ends = range(min(len(parts), at + 2 * _MOST_PARTS - 1), at, -2)
        rows = {end: "".join(parts[at:end]).strip() for end in ends}
        end = next((end for end, name in rows.items() if _folded(name) in known), at + 1)
        if rows[end]:
            yield rows[end]
        at = end + 1


def _spellings() -> Iterator[tuple[str, list[str]]]:
    """How each department and each post can be called in a file, first as it is written; in the order of the tree."""
    tree = departments()
    posts: dict[int, list[Post]] = {}
    for post in db.session.scalars(select(Post).order_by(Post.id)):
        posts.setdefault(post.department_id, []).append(post)
    for unit in tree.values():
        yield (
            f"department {unit.id}",
            [f"{unit.code} {_in_chinese(unit.names)}", unit.code, *unit.names.values()],
        )
        mine = posts.get(unit.id, ())
        times, before = Counter(_in_chinese(one.titles) for one in mine), Counter[str]()
        for post in mine:
            title = _in_chinese(post.titles)
            before[title] += 1
            which = f" {before[title]}" if times[title] > 1 else ""
            around = [unit.code, *unit.names.values()]
            yield (
                post_scope(post.id),
                [f"{title}（{unit.code}{which}）",
                 *(f"{words}（{one}）" for words in post.titles.values() for one in around), *post.titles.values()],
            )  # fmt: skip


def _in_chinese(texts: Mapping[str, str]) -> str:
    return texts.get("zh-CN") or next(iter(texts.values()), "")


def _folded(name: str) -> str:
    """A name whatever its brackets, its case and its spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("(", " (").split())
