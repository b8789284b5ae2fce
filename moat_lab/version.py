"""The version: of the package, of the wheel, and in each record."""

__version__ = "0.1.0"
