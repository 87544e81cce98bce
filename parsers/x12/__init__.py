"""ANSI X12: interchanges, groups and sets; customs maps, reading, acknowledgments."""
