"""What the importer's pages read. Every query names whose rows it wants (ids of accounts), so that an index finds
them; row-level security sees to it that nobody gets another's by naming it."""
