# cython: language_level=3
"""Number the questions of a bank, and pick among them by bitmap."""

cimport cython
from cpython.sequence cimport PySequence_Fast, PySequence_Fast_GET_ITEM, PySequence_Fast_GET_SIZE
from cpython.tuple cimport PyTuple_CheckExact
from cpython.unicode cimport PyUnicode_Check
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from sys import getsizeof
from types import GenericAlias

from lplate_native.bitmap cimport bit_clear, bit_test, count_bits, fill_span, select_bit
from lplate_native.integers cimport int64_of, ordinal_of, refuse_type, room_of, word_of
from lplate_native.pool cimport (
    LONG_SPAN,
    TRIES,
    Pool,
    Span,
    below,
    pick_clear,
    pool_fill,
    pool_free,
    pool_init,
    pool_remove_seen,
    try_bit,
)
from lplate_native.seen cimport SeenMap
from lplate_native.table cimport (
    ABSENT,
    DENSE,
    FAILED,
    MAX_ROOM,
    Probe,
    Table,
    table_bytes,
    table_entry,
    table_find,
    table_first,
    table_free,
    table_glance,
    table_init,
    table_link,
    table_next,
)
from lplate_native.texts cimport exact_text, same_text, text_word


cdef inline object settled(object items):
    """Return *items* as a list or tuple, None as None, so that no more Python code runs while it is read."""
    if items is None or PyTuple_CheckExact(items):
        return items
    return PySequence_Fast(items, b"topics and ordinals to avoid are sequences")


@cython.final
@cython.no_gc    # what it refers to refers to nothing
cdef class QuestionIndex:
    """Map question ids, all int or all str, to their ordinals and back, and pick questions by topic.

    *ids* are unique and in order of ordinal. Home topic *i* owns the ordinals from topic_starts[i] up to
    where the next topic starts, or the end; the first starts at 0. *further* gives topics more ordinals,
    beside those they own.

    Look-ups are O(1). Memory is 14 to 20 bytes per question (with str ids 8 more and the ids themselves),
    and a bit per question for each topic with further ones. An index never changes.
    """

    cdef Table _table          # by ordinal, one word: the int id, or the hash of the str id
    cdef tuple _texts          # the str ids by ordinal, or None
    cdef uint32_t _size
    cdef uint32_t *_starts     # with the end of the last topic behind them
    cdef uint32_t _topic_count
    cdef list _further         # by topic: SeenMap of the ordinals it does not own, or None

    def __cinit__(self, ids, topic_starts=(), further=None) -> None:
        cdef tuple names = tuple(ids)
        if len(names) > MAX_ROOM:
            raise ValueError(f"an index holds at most {MAX_ROOM} questions, not {len(names)}")
        self._size = <uint32_t>len(names)
        table_init(&self._table, self._size, 0, DENSE)
        if self._size and PyUnicode_Check(names[0]):
            self._add_texts(names)
        else:
            self._add_numbers(names)
        self._add_topics(tuple(topic_starts))
        self._add_further({} if further is None else further)

    def __dealloc__(self):
        table_free(&self._table)
        free(self._starts)

    @classmethod
    def __class_getitem__(cls, item) -> GenericAlias:
        return GenericAlias(cls, item)

    cdef int _add_numbers(self, tuple ids) except -1:
        cdef uint32_t ordinal
        cdef uint64_t word
        for ordinal in range(self._size):
            word = <uint64_t>int64_of(ids[ordinal])
            if table_find(&self._table, word) != ABSENT:
                raise ValueError(f"question id {ids[ordinal]} occurs twice")
            table_entry(&self._table, ordinal)[0] = word
            table_link(&self._table, ordinal)
        return 0

    cdef int _add_texts(self, tuple ids) except -1:
        cdef uint32_t ordinal
        cdef list texts = []
        for name in ids:
            if not PyUnicode_Check(name):
                refuse_type(name, "str, as the first question id is")
            texts.append(exact_text(name))
        self._texts = tuple(texts)
        for ordinal in range(self._size):
            if self._find_text(self._texts[ordinal]) != ABSENT:
                raise ValueError(f"question id {self._texts[ordinal]!r} occurs twice")
            table_entry(&self._table, ordinal)[0] = text_word(self._texts[ordinal])
            table_link(&self._table, ordinal)
        return 0

    cdef int _add_topics(self, tuple starts) except -1:
        cdef uint32_t topic
        cdef uint32_t least = 0
        if len(starts) > MAX_ROOM:
            raise ValueError(f"an index holds at most {MAX_ROOM} topics, not {len(starts)}")
        self._topic_count = <uint32_t>len(starts)
        self._starts = <uint32_t *>calloc(self._topic_count + 1, sizeof(uint32_t))
        if self._starts == NULL:
            raise MemoryError(f"no memory for {self._topic_count} topics")
        for topic in range(self._topic_count):
            least = room_of(starts[topic], least, self._size if topic else 0, f"start of topic {topic}")
            self._starts[topic] = least
        self._starts[self._topic_count] = self._size
        return 0

    cdef int _add_further(self, further) except -1:
        cdef uint32_t topic, bit
        cdef SeenMap extra
        self._further = [None] * self._topic_count
        for number, ordinals in further.items():
            topic = ordinal_of(number, self._topic_count, "topic")
            extra = SeenMap(self._size)
            for ordinal in ordinals:
                bit = ordinal_of(ordinal, self._size, "ordinal")
                if not self._starts[topic] <= bit < self._starts[topic + 1]:
                    extra.add(bit)
            self._further[topic] = extra if extra.count_set else None
        return 0

    # Ids.

    cdef uint32_t _find_text(self, object name) except? FAILED:
        cdef Probe probe
        cdef uint32_t ordinal = table_glance(&self._table, text_word(name))
        if ordinal != ABSENT and same_text(self._texts[ordinal], name):
            return ordinal
        ordinal = table_first(&self._table, &probe, text_word(name))
        while ordinal != ABSENT and not same_text(self._texts[ordinal], name):
            ordinal = table_next(&self._table, &probe)
        return ordinal

    cdef inline uint32_t _find(self, object name) except? FAILED:
        """Return the ordinal of a question id, or ABSENT; TypeError if ids are of the other type."""
        if not PyUnicode_Check(name):
            if self._texts is not None:
                refuse_type(name, "str, as the question ids are")
            return table_find(&self._table, <uint64_t>int64_of(name))
        if self._texts is not None:
            return self._find_text(exact_text(name))
        if self._size:
            refuse_type(name, "int, as the question ids are")
        return ABSENT

    def __getitem__(self, id) -> int:
        cdef uint32_t ordinal = self._find(id)
        if ordinal == ABSENT:
            raise KeyError(id)
        return ordinal

    def get(self, id, default=None):
        """Return the ordinal of the question *id*, or *default*."""
        cdef uint32_t ordinal = self._find(id)
        return default if ordinal == ABSENT else ordinal

    def ordinals(self, ids) -> list:
        """Return the ordinals of the questions *ids*, in their order, passing over those there are not."""
        cdef list found = []
        cdef uint32_t ordinal
        for name in ids:
            ordinal = self._find(name)
            if ordinal != ABSENT:
                found.append(ordinal)
        return found

    def __contains__(self, id) -> bool:
        return self._find(id) != ABSENT

    def __len__(self) -> int:
        return self._size

    def __iter__(self):
        return iter([self.id_at(ordinal) for ordinal in range(self._size)])

    def id_at(self, ordinal):
        """Return the id of the question at *ordinal*."""
        cdef uint32_t entry = ordinal_of(ordinal, self._size, "ordinal")
        if self._texts is not None:
            return self._texts[entry]
        return <int64_t>table_entry(&self._table, entry)[0]

    # Topics.

    @property
    def topic_count(self) -> int:
        """How many topics there are."""
        return self._topic_count

    def topic_range(self, topic) -> tuple:
        """Return the ordinals that *topic* owns, as the first and the one behind the last."""
        cdef uint32_t number = ordinal_of(topic, self._topic_count, "topic")
        return self._starts[number], self._starts[number + 1]

    def topic_size(self, topic) -> int:
        """Return how many questions *topic* has, its own and the further ones."""
        cdef uint32_t number = ordinal_of(topic, self._topic_count, "topic")
        cdef SeenMap extra = self._further[number]
        return self._starts[number + 1] - self._starts[number] + (0 if extra is None else extra.count_set)

    cdef bint _find_span(self, object topics, Span *span) except -1:
        """Return whether *topics*, a list, tuple or None for all, are one range, and the *span* they lie in."""
        cdef uint32_t topic
        span.start, span.stop = 0, self._size
        if topics is None:
            return True
        if PySequence_Fast_GET_SIZE(topics) != 1:
            return False
        topic = ordinal_of(<object>PySequence_Fast_GET_ITEM(topics, 0), self._topic_count, "topic")
        if self._further[topic] is not None:
            return False
        span.start, span.stop = self._starts[topic], self._starts[topic + 1]
        return True

    cdef int _gather(self, Pool *pool, object topics, Span span, bint is_span) except -1:
        """Initialise *pool* with the questions of *topics*; *span* and *is_span* are _find_span()'s."""
        pool_init(pool, span)
        if is_span:
            pool_fill(pool, span)
            return 0
        memset(pool.words, 0, pool.length * sizeof(uint64_t))
        for number in topics:
            self._add_topic(pool, ordinal_of(number, self._topic_count, "topic"))
        return 0

    cdef int _add_topic(self, Pool *pool, uint32_t topic) except -1:
        """Add a topic to *pool*, which must span all ordinals."""
        cdef SeenMap extra = self._further[topic]
        cdef uint32_t i
        fill_span(pool.words, self._starts[topic], self._starts[topic + 1])
        if extra is not None:
            for i in range(pool.length):
                pool.words[i] |= extra.words[i]
        return 0

    cdef int _remove(self, Pool *pool, object ordinals) except -1:
        """Remove *ordinals*, a list or tuple, from *pool*."""
        cdef uint32_t ordinal
        for item in ordinals:
            ordinal = ordinal_of(item, self._size, "ordinal")
            if pool.base <= ordinal < pool.base + pool.length * 64:
                bit_clear(pool.words, ordinal - pool.base)
        return 0

    cdef int _check(self, SeenMap seen) except -1:
        if seen.size != self._size:
            raise ValueError(f"the map is of {seen.size} questions, the index of {self._size}")
        return 0

    def pick_unseen(self, SeenMap seen not None, seed, topics=None, avoid=()):
        """Return an unseen ordinal of *topics* that is not in *avoid*, or None if there is none.

        All such are equally likely; the same arguments give the same pick. *seed* has 64 bits, *topics* None
        means all. Takes time by the number of questions in the topics, 64 at a time.
        """
        cdef uint64_t state = word_of(seed)
        cdef Span span
        cdef uint32_t ordinal
        self._check(seen)
        topics, avoid = settled(topics), settled(avoid)
        cdef bint is_span = self._find_span(topics, &span)
        if not is_span:
            return self._pick_from_pool(seen, &state, topics, avoid, span, False)
        if span.stop - span.start >= LONG_SPAN:
            ordinal = self._try_unseen(seen, span, avoid, &state)
            if ordinal != ABSENT:
                return ordinal
        if PySequence_Fast_GET_SIZE(avoid):
            return self._pick_from_pool(seen, &state, topics, avoid, span, True)
        ordinal = pick_clear(seen.words, span, &state)
        return None if ordinal == ABSENT else ordinal

    cdef object _pick_from_pool(
        self, SeenMap seen, uint64_t *state, object topics, object avoid, Span span, bint is_span
    ):
        """Return an unseen ordinal by gathering first what may be picked, or None."""
        cdef Pool pool
        cdef uint32_t total
        pool.words = pool.local
        try:
            self._gather(&pool, topics, span, is_span)
            self._remove(&pool, avoid)
            pool_remove_seen(&pool, seen.words)
            total = count_bits(pool.words, pool.length)
            return pool.base + select_bit(pool.words, below(state, total)) if total else None
        finally:
            pool_free(&pool)

    cdef uint32_t _try_unseen(self, SeenMap seen, Span span, object avoid, uint64_t *state) except? FAILED:
        """Return what a few blind tries, each fair, find in *span*, or ABSENT."""
        cdef uint32_t ordinal
        for _ in range(TRIES):
            ordinal = span.start + below(state, span.stop - span.start)
            if not bit_test(seen.words, ordinal) and not self._is_among(ordinal, avoid):
                return ordinal
        return ABSENT

    cdef bint _is_among(self, uint32_t ordinal, object ordinals) except -1:
        """Return True if *ordinal* is one of *ordinals*, a list or tuple, all of which are checked."""
        cdef bint found = False
        for item in ordinals:
            found |= ordinal_of(item, self._size, "ordinal") == ordinal
        return found

    def count_unseen(self, SeenMap seen not None, topics=None) -> int:
        """Return how many questions of *topics*, None being all, are unseen."""
        cdef Pool pool
        self._check(seen)
        if topics is None:
            return self._size - seen.count_set
        topics = settled(topics)
        cdef Span span
        cdef bint is_span = self._find_span(topics, &span)
        pool.words = pool.local
        try:
            self._gather(&pool, topics, span, is_span)
            pool_remove_seen(&pool, seen.words)
            return count_bits(pool.words, pool.length)
        finally:
            pool_free(&pool)

    def draw(self, count, seed, topics=None, avoid=()) -> list:
        """Return *count* different ordinals of *topics* that are not in *avoid*.

        All sequences are equally likely; the same arguments give the same one. *seed* has 64 bits, *topics*
        None means all. ValueError if there are fewer than *count*.
        """
        cdef uint64_t state = word_of(seed)
        cdef Pool pool
        cdef list drawn = []
        cdef uint32_t bit, total
        topics, avoid = settled(topics), settled(avoid)
        cdef Span span
        cdef bint is_span = self._find_span(topics, &span)
        pool.words = pool.local
        try:
            self._gather(&pool, topics, span, is_span)
            self._remove(&pool, avoid)
            total = count_bits(pool.words, pool.length)
            for _ in range(room_of(count, 0, total, "count of questions to draw")):
                bit = try_bit(&pool, &state)
                if bit == ABSENT:
                    bit = select_bit(pool.words, below(&state, total))
                bit_clear(pool.words, bit)
                total -= 1
                drawn.append(pool.base + bit)
            return drawn
        finally:
            pool_free(&pool)

    def __repr__(self) -> str:
        kind = "int" if self._texts is None else "str"
        return f"QuestionIndex(size={self._size}, ids={kind}, topics={self._topic_count})"

    def __sizeof__(self) -> int:
        cdef size_t total = sizeof(QuestionIndex) + table_bytes(&self._table)
        total += (self._topic_count + 1) * sizeof(uint32_t)
        for held in (self._texts, self._further, *(extra for extra in self._further if extra is not None)):
            total += 0 if held is None else getsizeof(held)
        return total
