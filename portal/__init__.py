"""The account portal: server-rendered pages for importers, brokers, officers, applicants and operations.

It reads and writes through ``loaders.portal`` under a database role of its own, in a process of its own.
"""
