"""Words that every feature shares: no request, no feature; the database through `extensions`."""
