"""Conditions: the published rulebook as functions on whole tables.

Importing this package imports every module in it, so a new file of rules is found without being listed anywhere.
Modules are taken in name order, which fixes the order in which conditions are registered.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
