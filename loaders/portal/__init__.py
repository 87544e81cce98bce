"""What the portal reads and writes, under its own database role and row-level security."""
