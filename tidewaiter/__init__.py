"""Tidewaiter: an open customs account system. This package composes the others: settings, use cases, command line."""
