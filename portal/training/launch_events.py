"""Facts about new products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@dataclass(frozen=True, slots=True)
class _OfLaunch:
    about: ClassVar[str] = "product launch"
    launch_id: int
    title: str

    @property
    def subject_id(self) -> int:
        return self.launch_id


@event
@dataclass(frozen=True, slots=True)
class ProductsExplained(_OfLaunch):
    """New products are explained to whoever sells them, from a moment on."""

    products: int
    explained_at: datetime

    def sentence(self) -> Said:
        return say("{title}: {products} new products, explained {at}", title=self.title, products=self.products,
                   at=self.explained_at)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class ProductsToKnow(_OfLaunch):
    """They were explained: whoever sells them is asked to say that they know them."""

    def sentence(self) -> Said:
        return say("{title} was explained: say that you know it", title=self.title)


@event
@dataclass(frozen=True, slots=True)
class ProductsKnown(_OfLaunch):
    """Somebody who sells them knows them."""

    name: str

    def sentence(self) -> Said:
        return say("{name} knows {title}", name=self.name, title=self.title)


@event
@dataclass(frozen=True, slots=True)
class ProductsListed(_OfLaunch):
    """They went on sale, with so many people who had said that they know them."""

    confirmed: int

    def sentence(self) -> Said:
        return say("{title} on sale; {confirmed} know it", title=self.title, confirmed=self.confirmed)


@event
@dataclass(frozen=True, slots=True)
class ProductsWithdrawn(_OfLaunch):
    """They do not go on sale after all."""

    reason: str

    def sentence(self) -> Said:
        return say("{title} withdrawn: {reason}", title=self.title, reason=self.reason)
