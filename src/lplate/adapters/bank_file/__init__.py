"""One compiled bank in one read-only SQLite file."""

from lplate.adapters.bank_file.reader import BankFile
from lplate.adapters.bank_file.writer import BankFileWriter

__all__ = ["BankFile", "BankFileWriter"]
