"""What the exporter's pages read: filings in its name, who filed them, what was refused, its monthly statements.

Every query names whose rows it wants (ids of exporter accounts), so that an index finds them; row-level security sees
to it that nobody gets another's by naming it. Names of agents are of ``portal_agents``: an exporter knows the name of a
broker that files for it whether it gave it an authority or not, and of nobody else.
"""
