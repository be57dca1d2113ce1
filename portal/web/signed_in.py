"""Who asks: the person behind this request, as a feature's view hands them to its queries and verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask_login import AnonymousUserMixin, current_user

if TYPE_CHECKING:
    from portal.organisation.staff import Staff
else:
    Staff = Any


def signed_in() -> bool:
    """Whether somebody is signed in with a session that is still good."""
    return bool(current_user.is_authenticated)


def me() -> Staff:
    """The person who asks. Raises RuntimeError where nobody is signed in: such a view must not ask."""
    if isinstance(current_user._get_current_object(), AnonymousUserMixin):
        raise RuntimeError("nobody is signed in")
    return cast("Staff", current_user._get_current_object())
