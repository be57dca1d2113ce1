"""A person of staff as the one who reads or acts: who they are today and which rights they hold where."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.kernel.permissions import ROLES, P, Role


@dataclass(frozen=True, slots=True)
class Staff:
    """`grants`: role → ids of the departments where it counts, those below included. Equal when the person is."""

    id: int
    name: str
    sign_in_name: str = field(compare=False)
    department_id: int | None = field(compare=False)
    department_name: str = field(compare=False)
    grants: dict[Role, frozenset[int]] = field(compare=False)
    session_token: str = field(default="", compare=False)
    locale: str = field(default="", compare=False)
    theme: str = field(default="auto", compare=False)
    density: str = field(default="calm", compare=False)
    must_change_password: bool = field(default=False, compare=False)
    has_pin: bool = field(default=False, compare=False)
    _held: dict[P, frozenset[int]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def may(self, right: P, department_id: int | None = None) -> bool:
        """Whether the right is held in that department; without one, whether it is held anywhere.

        A role counts in its own department and below, so adding one elsewhere never widens a right here (attack 17).
        """
        if right in ROLES[Role.EVERYONE]:
            return True
        where = self.where(right)
        return bool(where) if department_id is None else department_id in where

    def where(self, right: P) -> frozenset[int]:
        """The departments in which the right is held."""
        if right not in self._held:
            held = [departments for role, departments in self.grants.items() if right in ROLES[role]]
            self._held[right] = frozenset().union(*held)
        return self._held[right]

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles held anywhere today, in the order of the table of roles."""
        return tuple(role for role in Role if role in self.grants)

    @property
    def initials(self) -> str:
        """Two characters for the corner of the page: the given name in Chinese, the initials in Latin."""
        words = self.name.split()
        return "".join(word[0] for word in words[:2]) if len(words) > 1 else self.name[-2:]

    @property
    def is_authenticated(self) -> bool:
        """For the library that keeps the signed-in person."""
        return True

    @property
    def is_active(self) -> bool:
        """For the library that keeps the signed-in person: a disabled one is never loaded."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """For the library that keeps the signed-in person."""
        return False

    def get_id(self) -> str:
        """The secret of the session, not the person: ending the session signs out wherever it is used."""
        return self.session_token
