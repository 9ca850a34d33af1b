"""Read, check, deduplicate and compile question banks.

What a running bot needs is here; check_bank() and compile_bank() stand in their modules, which load the
YAML parser and the renderer.
"""

from lplate.importing.bank_writer import BankWriter
from lplate.importing.findings import Findings
from lplate.importing.folder import source_digest
from lplate.importing.freshness import refresh_bank
from lplate.importing.stopping import always

__all__ = ["BankWriter", "Findings", "always", "refresh_bank", "source_digest"]
