"""Who hears of what happened: a reader of the journal that rings the bell and writes letters."""
