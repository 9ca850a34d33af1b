"""Hand on the compiled containers; none knows of Telegram, databases or rules.

Threads may share a container: an operation holds the GIL from its start to its end, but for Python code
that a value, a key's iterable or a callback brings along. setdefault() is one operation; a get() and a put()
are two. The modules do not declare that they work without the GIL, so a free-threaded build of Python turns
it on when it imports them, for the whole process and with a RuntimeWarning; if it is forced off with
PYTHON_GIL=0, nothing is promised. No container can be pickled: SeenMap and TokenBuckets have byte formats of
their own.
"""

from lplate_native.bucket import TokenBuckets
from lplate_native.hashing import UNICODE_VERSION, mix64, normalised_md5, normalised_md5_many
from lplate_native.histogram import Histogram
from lplate_native.index import QuestionIndex
from lplate_native.lru import LruCache
from lplate_native.seen import DigestSet, SeenMap, SeenWindow
from lplate_native.stats import LruStats
from lplate_native.template import Template

__all__ = [
    "UNICODE_VERSION",
    "DigestSet",
    "Histogram",
    "LruCache",
    "LruStats",
    "QuestionIndex",
    "SeenMap",
    "SeenWindow",
    "Template",
    "TokenBuckets",
    "mix64",
    "normalised_md5",
    "normalised_md5_many",
]
