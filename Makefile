texts: ## collect the texts of the sources, bring both catalogues up to date, compile them
	.venv/bin/python portal/translations/update.py

.PHONY: texts
