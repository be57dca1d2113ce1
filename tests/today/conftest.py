"""The small company of the tests of tickets."""

from tests.tickets.conftest import customer, house, manual, opened, published, worked  # noqa: F401 - fixtures
