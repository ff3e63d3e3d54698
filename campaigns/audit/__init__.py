"""Who did what: entries that are only ever added, each sealed with the one before it."""
