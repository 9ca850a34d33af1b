"""The operations of the native core whose cost is watched: by instructions, and from commit to commit.

Only `lplate_native` and the standard library are imported here: under valgrind every import costs seconds.
An operation that a revision does not have yet is left out, see make().

Run as a program, `python -m bench.operations NAME...` is what callgrind counts, see the module instructions.
"""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import lplate_native as native
from bench import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEYS: Final = 1_000
FIRST_ID: Final = 10_000_000_000
FEW: Final = 2
MANY: Final = 6


@dataclass(frozen=True, slots=True)
class Operation:
    """A loop over *keys*, one operation each, and its empty twin."""

    loop: Callable[..., object]
    empty: Callable[..., object]
    arguments: tuple[Any, ...]

    @property
    def size(self) -> int:
        """How many operations one turn has."""
        return len(self.arguments[-1])

    def run(self, turns: int) -> None:
        """Do all operations *turns* times."""
        loop, arguments = self.loop, self.arguments
        for _ in range(turns):
            loop(*arguments)

    def run_empty(self, turns: int) -> None:
        """Do nothing as often."""
        empty, arguments = self.empty, self.arguments
        for _ in range(turns):
            empty(*arguments)


def operation(
    loop: Callable[..., object], empty: Callable[..., object], arguments: tuple[Any, ...]
) -> Operation:
    """Return an operation with bytecode of its own."""
    return Operation(loops.unshared(loop), loops.unshared(empty), arguments)


def calls(function: Callable[[Any], object], keys: Sequence[Any]) -> Operation:
    """Return the operation of calling *function* with each of *keys*."""
    return operation(loops.call, loops.nothing, (function, keys))


def pair_calls(function: Callable[[Any, Any], object], pairs: Sequence[tuple[Any, Any]]) -> Operation:
    """Return the operation of calling *function* with each of *pairs*."""
    return operation(loops.call_pairs, loops.nothing_with_pairs, (function, pairs))


def int_keys(count: int = KEYS) -> list[int]:
    """Return keys as large and as irregular as learners' ids are."""
    return [FIRST_ID + number for number in random.Random(1).sample(range(1 << 40), count)]


def str_keys() -> list[str]:
    """Return keys as rendered questions have."""
    return [f"question-{number}:en" for number in range(KEYS)]


def dict_get() -> Operation:
    """Look up in a dict: what the interpreter itself costs, the yardstick of the others."""
    return calls(dict.fromkeys(int_keys()).get, int_keys())


def lru_hit() -> Operation:
    return calls(filled_lru(int_keys(), KEYS).get, int_keys())


def lru_hit_str() -> Operation:
    return calls(filled_lru(str_keys(), KEYS).get, str_keys())


def lru_miss() -> Operation:
    return calls(filled_lru(int_keys(), KEYS).get, [-key for key in int_keys()])


def lru_put_evicting() -> Operation:
    return pair_calls(filled_lru(int_keys(), KEYS // 4).put, [(key, key) for key in int_keys()])


def lru_put_evicting_str() -> Operation:
    return pair_calls(filled_lru(str_keys(), KEYS // 4).put, [(key, key) for key in str_keys()])


def filled_lru(keys: Sequence[Any], capacity: int) -> native.LruCache[Any, Any]:
    """Return a cache of the last of *keys*."""
    cache: native.LruCache[Any, Any] = native.LruCache(capacity)
    for key in keys:
        cache.put(key, key)
    return cache


def bucket_allow() -> Operation:
    limiter = native.TokenBuckets(1e6, 1e6)
    return pair_calls(limiter.allow, [(key, 10**9) for key in int_keys()])


def bucket_refuse() -> Operation:
    limiter = native.TokenBuckets(1e-6, 1.0)
    for key in int_keys():
        limiter.allow(key, 10**9)
    return pair_calls(limiter.allow, [(key, 10**9) for key in int_keys()])


def bucket_retry_after() -> Operation:
    limiter = native.TokenBuckets(1e-6, 1.0)
    for key in int_keys():
        limiter.allow(key, 10**9)
    return pair_calls(limiter.retry_after, [(key, 10**9) for key in int_keys()])


def bucket_new_learners() -> Operation:
    """Take from buckets that nobody has taken from, growth included."""
    return operation(take_from_new_buckets, nothing_with_new_buckets, (int_keys(),))


def take_from_new_buckets(keys: Sequence[int]) -> None:
    allow = native.TokenBuckets(1.0, 1.0).allow
    for key in keys:
        allow(key, 10**9)


def nothing_with_new_buckets(keys: Sequence[int]) -> None:
    _allow = native.TokenBuckets(1.0, 1.0).allow
    for _key in keys:
        pass


def window_add() -> Operation:
    return calls(native.SeenWindow(KEYS // 4).add, int_keys())


def digest_add_known() -> Operation:
    digests = [native.normalised_md5(str(number)) for number in range(KEYS)]
    known = native.DigestSet()
    for digest in digests:
        known.add(digest)
    return calls(known.add, digests)


def digest_fill() -> Operation:
    """Add to an empty set, growth included."""
    digests = [native.normalised_md5(str(number)) for number in range(KEYS)]
    return operation(fill_digests, nothing_with_digests, (digests,))


def fill_digests(digests: Sequence[bytes]) -> None:
    add = native.DigestSet().add
    for digest in digests:
        add(digest)


def nothing_with_digests(digests: Sequence[bytes]) -> None:
    _add = native.DigestSet().add
    for _digest in digests:
        pass


def map_add() -> Operation:
    return calls(native.SeenMap(KEYS).add, list(range(KEYS)))


def index_look_up() -> Operation:
    keys = int_keys()
    return calls(native.QuestionIndex(sorted(keys)).get, keys)


def index_look_up_str() -> Operation:
    return calls(native.QuestionIndex(str_keys()).get, str_keys())


def pick_of_topic() -> Operation:
    return picking((20,))


def draw_paper() -> Operation:
    """Draw the 40 questions of a paper from a bank of 3,000."""
    index = native.QuestionIndex(range(3_000), range(0, 3_000, 70))
    return pair_calls(index.draw, [(40, seed) for seed in range(100)])


def pick_of_all() -> Operation:
    return picking(None)


def picking(topics: tuple[int, ...] | None) -> Operation:
    """Return picks from a bank of 3,000 with nine of ten seen."""
    size = 3_000
    index = native.QuestionIndex(range(size), range(0, size, 70))
    seen = native.SeenMap(size)
    for ordinal in random.Random(1).sample(range(size), size * 9 // 10):
        seen.add(ordinal)
    generator = random.Random(2)
    seeds = [generator.getrandbits(62) for _ in range(KEYS)]
    return operation(pick, pick_nothing, (index.pick_unseen, seen, topics, seeds))


def pick(function: Any, seen: object, topics: object, seeds: Sequence[int]) -> None:
    for seed in seeds:
        function(seen, seed, topics)


def pick_nothing(_: object, __: object, ___: object, seeds: Sequence[int]) -> None:
    for _seed in seeds:
        pass


def normalise_cyrillic() -> Operation:
    question = "Какой знак запрещает движение всех транспортных средств, кроме маршрутных?  " * 2
    return calls(native.normalised_md5, [f"{question}{number}" for number in range(100)])


def post_read() -> Operation:
    from lplate_native.http1 import PlainPost  # noqa: PLC0415 - older revisions have none

    post = PlainPost(b"/hook", b"secret", 1 << 14, 1 << 20)
    heads = b"POST /hook HTTP/1.1\r\nHost: bot.example\r\nSecret: abc\r\nContent-Length: 600\r\n\r\n"
    return calls(post.read, [heads + b"%0600d" % number for number in range(KEYS)])


def response_read() -> Operation:
    from lplate_native.http1 import read_plain_response  # noqa: PLC0415 - as above

    heads = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 600\r\n\r\n"
    return calls(read_plain_response, [heads + b"%0600d" % number for number in range(KEYS)])


def template_fill() -> Operation:
    template = native.Template([b'{"chat_id":', 0, b',"text":"', 1, b'"}'])
    return calls(template.fill, [(key, b"%0300d" % key) for key in int_keys()])


def numbers_split() -> Operation:
    from lplate_native.fields import split_numbers  # noqa: PLC0415 - as above

    return calls(lambda text: split_numbers(text, ":", 2, 4), [f"a:3:{number}:1" for number in range(KEYS)])


OPERATIONS: Final[dict[str, Callable[[], Operation]]] = {
    "dict.get": dict_get,
    "LruCache.get, hit": lru_hit,
    "LruCache.get, hit, str": lru_hit_str,
    "LruCache.get, miss": lru_miss,
    "LruCache.put, evicting": lru_put_evicting,
    "LruCache.put, evicting, str": lru_put_evicting_str,
    "TokenBuckets.allow, granted": bucket_allow,
    "TokenBuckets.allow, refused": bucket_refuse,
    "TokenBuckets.allow, new learners": bucket_new_learners,
    "TokenBuckets.retry_after": bucket_retry_after,
    "SeenWindow.add, new": window_add,
    "SeenMap.add": map_add,
    "DigestSet.add, known": digest_add_known,
    "DigestSet, filling": digest_fill,
    "QuestionIndex.get": index_look_up,
    "QuestionIndex.get, str": index_look_up_str,
    "pick_unseen, topic of 70": pick_of_topic,
    "pick_unseen, all of 3k": pick_of_all,
    "QuestionIndex.draw, 40 of 3k": draw_paper,
    "normalised_md5, Cyrillic": normalise_cyrillic,
    "PlainPost.read": post_read,
    "read_plain_response": response_read,
    "Template.fill, 300 bytes": template_fill,
    "split_numbers": numbers_split,
}


def make(name: str) -> Operation | None:
    """Return a fresh operation, or None if the imported revision of the core cannot do it."""
    try:
        made = OPERATIONS[name]()
        made.run(1)
    except (AttributeError, ImportError, TypeError):
        return None
    return made


def work(names: Sequence[str]) -> None:
    """Do the operations in sections that getppid(), a call nothing else makes, marks for callgrind.

    Each operation prints its name and has five sections: making it, then the loop with FEW and with MANY
    turns, then its empty twin with as many.
    """
    for name in names:
        made = make(name)
        if made is None:
            continue
        print(name)
        for run in (made.run, made.run_empty):
            for turns in (FEW, MANY):
                os.getppid()
                run(turns)
        os.getppid()


if __name__ == "__main__":
    work(sys.argv[1:])
