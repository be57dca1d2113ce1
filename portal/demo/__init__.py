"""The demo company 星河网络: told through the same verbs that people use, the same each time."""
