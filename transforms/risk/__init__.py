"""What deserves an officer's time: rules, a score and a share by chance, each selection with its reasons in words.

Pure functions on tables. ``signals_entry`` and ``signals_account`` each give reasons (:mod:`reasons`) to entry
summaries or accounts; ``select`` adds them up, draws the random share and puts all in order. What it is made of, and
what it cannot see, stands in docs/risk.md. Ratios and logarithms here are statistics of money, never money: what is
owed is not touched.
"""
