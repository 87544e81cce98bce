"""Generated days and measurements. Nothing of the system imports this package."""
