# cython: language_level=3
"""Limit rates per key with token buckets.

A bucket is one number, its *debt*: the time until it is full again. Taking a token adds the time one token
needs to flow in; taking is allowed while the debt stays within the time a whole burst needs. Stored is the
moment the debt is paid, so that time pays it without any work. This is the generic cell rate algorithm (ITU-T
I.371, annex A, virtual scheduling).
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.math cimport INFINITY, isfinite, nextafter
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from lplate_native.hashing cimport scattered
from lplate_native.integers cimport int64_of, refuse_type, room_of
from lplate_native.rates cimport LONGEST_DEBT_NS, NS_PER_S, RateClass, rate_classes_of
from lplate_native.table cimport (
    ABSENT,
    DENSE,
    Table,
    table_bytes,
    table_drop,
    table_find,
    table_free,
    table_grown,
    table_init,
    table_link,
    table_relink,
    table_resize,
)

cdef enum:
    SHARDS = 256                # so that no growth moves more than a 256th of the buckets
    LEAST_ROOM = 5              # of a shard: what fits into the smallest table

cdef int64_t LATEST_NS = 1 << 62      # so that no sum or difference of two moments overflows; 146 years
cdef bytes DUMP_HEADER = b"LPTB\x00\x00\x00\x01"


cdef struct Bucket:
    # An entry of a shard's table.
    uint64_t key
    int64_t full_at_ns    # in the past: full, as if it were not there


cdef inline int64_t debt_at(const Bucket *bucket, int64_t now_ns) noexcept nogil:
    return bucket.full_at_ns - now_ns if bucket.full_at_ns > now_ns else 0


cdef inline int64_t moment_of(object now_ns) except? -1:
    cdef int64_t moment = int64_of(now_ns)
    if moment < 0 or moment > LATEST_NS:
        raise ValueError(f"now_ns must be from 0 to {LATEST_NS}, not {moment}")
    return moment


cdef int grow(Table *shard, int64_t now_ns) except -1:
    """Make room in a shard without any: forget the full buckets, and enlarge it if they were few."""
    drop_full(shard, now_ns)
    if shard.count > shard.room - shard.room // 4:
        table_resize(shard, table_grown(shard))
    else:
        shrink(shard)
    return 0


cdef int shrink(Table *shard) except -1:
    """Return memory if few buckets are left."""
    if shard.count < shard.room // 4:
        table_resize(shard, max(<uint32_t>LEAST_ROOM, shard.count * 2))
    return 0


cdef void drop_full(Table *shard, int64_t now_ns) noexcept nogil:
    """Forget the buckets that are full."""
    cdef Bucket *buckets = <Bucket *>shard.words
    cdef uint32_t kept = 0
    cdef uint32_t i
    for i in range(shard.count):
        if debt_at(&buckets[i], now_ns) > 0:
            buckets[kept] = buckets[i]
            kept += 1
    if kept < shard.count:
        shard.count = kept
        table_relink(shard)


cdef void scale_debts(
    Table *shard, int64_t now_ns, int64_t old_most_ns, double factor, int64_t most_ns
) noexcept nogil:
    """Multiply the debts of a shard, none of them above *old_most_ns*, by *factor*, to *most_ns* at most."""
    cdef Bucket *bucket
    cdef int64_t debt
    cdef uint32_t i
    for i in range(shard.count):
        bucket = &(<Bucket *>shard.words)[i]
        debt = min(debt_at(bucket, now_ns), old_most_ns)
        bucket.full_at_ns = now_ns + <int64_t>min(debt * factor, <double>most_ns)


cdef inline void write_word(uint8_t *octets, uint64_t word) noexcept nogil:
    cdef uint32_t i
    for i in range(8):
        octets[i] = <uint8_t>(word >> (8 * i))


cdef inline uint64_t read_word(const uint8_t *octets) noexcept nogil:
    cdef uint64_t word = 0
    cdef uint32_t i
    for i in range(8):
        word |= <uint64_t>octets[i] << (8 * i)
    return word


cdef Py_ssize_t write_debts(
    const Table *shard, int64_t now_ns, int64_t most_ns, uint8_t *pairs
) noexcept nogil:
    """Write the debts of a shard to *pairs*, unless that is NULL, and return their number."""
    cdef Py_ssize_t count = 0
    cdef const Bucket *bucket
    cdef uint32_t i
    for i in range(shard.count):
        bucket = &(<const Bucket *>shard.words)[i]
        if debt_at(bucket, now_ns) == 0:
            continue
        if pairs != NULL:
            write_word(pairs + 16 * count, bucket.key)
            write_word(pairs + 16 * count + 8, <uint64_t>min(debt_at(bucket, now_ns), most_ns))
        count += 1
    return count


cdef Py_ssize_t debts_in(object data) except -1:
    """Return how many debts a dump holds, all of them in range, or raise TypeError or ValueError."""
    if not PyBytes_CheckExact(data):
        refuse_type(data, "bytes")
    cdef Py_ssize_t length = PyBytes_GET_SIZE(data)
    cdef const uint8_t *octets = <const uint8_t *>PyBytes_AS_STRING(data)
    if length < 8 or length % 16 != 8 or data[:8] != DUMP_HEADER:
        raise ValueError("not a dump of token buckets, or one of another version")
    cdef Py_ssize_t i
    for i in range(length // 16):
        if not 0 < <int64_t>read_word(octets + 16 * i + 16) <= LONGEST_DEBT_NS:
            raise ValueError(f"debt {i} of the dump is not from 1 to {LONGEST_DEBT_NS} ns")
    return length // 16


@cython.final
cdef class TokenBuckets:
    """Limit each key, a 64-bit signed int, to *rate_per_s* tokens a second in bursts of up to *burst*.

    *classes* adds rates: class 0 is the first, class 1 the first of *classes*. A key has one bucket, whose
    debt, a time, counts in every class. *now_ns* is the caller's clock, best a monotonic one, from 0 to
    2**62; if it jumps back, no key has to wait for longer than the longest burst takes to refill. Rates go
    up to 1,000,000 per second; the time of a price is rounded down to whole ns.

    All operations on one key are O(1), taking amortised. A bucket needs 22 to 44 bytes; buckets that are full
    again are forgotten as room is needed, so that memory follows those who owe.
    """

    cdef Table *_shards
    cdef RateClass *_classes
    cdef uint32_t _class_count
    cdef int64_t _longest_ns     # the greatest debt of any class
    cdef uint32_t _next_swept

    def __cinit__(self, rate_per_s, burst, classes=()) -> None:
        cdef list pairs = [(rate_per_s, burst), *classes]
        self._shards = <Table *>calloc(SHARDS, sizeof(Table))
        if self._shards == NULL:
            raise MemoryError("no memory for token buckets")
        self._take_classes(rate_classes_of(pairs), <uint32_t>len(pairs))

    def __dealloc__(self):
        cdef uint32_t i
        if self._shards != NULL:
            for i in range(SHARDS):
                table_free(&self._shards[i])
        free(self._shards)
        free(self._classes)

    cdef void _take_classes(self, RateClass *classes, uint32_t count) noexcept:
        """Own *classes* instead of those before."""
        cdef uint32_t i
        free(self._classes)
        self._classes = classes
        self._class_count = count
        self._longest_ns = 0
        for i in range(count):
            self._longest_ns = max(self._longest_ns, classes[i].burst_ns)

    cdef inline Table *_shard(self, uint64_t key) noexcept:
        # Bits that the table does not use.
        return &self._shards[(scattered(key) >> 32) & (SHARDS - 1)]

    cdef inline Bucket *_find(self, uint64_t key) noexcept:
        """Return the bucket of *key*, or NULL if it is full and forgotten."""
        cdef Table *shard = self._shard(key)
        cdef uint32_t entry = ABSENT if shard.count == 0 else table_find(shard, key)
        return NULL if entry == ABSENT else &(<Bucket *>shard.words)[entry]

    cdef int _open(self, uint64_t key, int64_t full_at_ns, int64_t now_ns) except -1:
        """Remember a bucket that is not remembered."""
        cdef Table *shard = self._shard(key)
        if shard.slots == NULL:
            table_init(shard, LEAST_ROOM, 1, DENSE)
        elif shard.count == shard.room:
            grow(shard, now_ns)
        cdef Bucket *bucket = &(<Bucket *>shard.words)[shard.count]
        bucket.key = key
        bucket.full_at_ns = full_at_ns
        table_link(shard, shard.count)
        shard.count += 1
        return 0

    cdef inline RateClass *_class(self, object class_id) except NULL:
        cdef int64_t number = int64_of(class_id)
        if number < 0 or number >= self._class_count:
            raise IndexError(f"class_id {number} is not one of the {self._class_count} from 0")
        return &self._classes[number]

    cdef inline int64_t _debt(self, uint64_t key, int64_t now_ns, Bucket **bucket) noexcept:
        """Return the debt of *key* and its bucket, or NULL, correcting it if the clock has jumped back."""
        bucket[0] = self._find(key)
        if bucket[0] == NULL:
            return 0
        if bucket[0].full_at_ns - now_ns > self._longest_ns:
            bucket[0].full_at_ns = now_ns + self._longest_ns
        return debt_at(bucket[0], now_ns)

    cdef inline int64_t _price(self, double cost, const RateClass *rate) except -1:
        """Return the debt *cost* tokens make, more than any bucket bears if *cost* is above the burst."""
        if not (cost >= 0.0 and isfinite(cost)):
            raise ValueError(f"cost must be finite and not negative, not {cost}")
        return LONGEST_DEBT_NS + 1 if cost > rate.burst else <int64_t>(cost * rate.token_ns)

    def allow(self, key, now_ns, double cost=1.0, class_id=0) -> bool:
        """Return True and take *cost* tokens if the bucket of *key* holds them, else take none."""
        cdef uint64_t word = <uint64_t>int64_of(key)
        cdef int64_t now = moment_of(now_ns)
        cdef RateClass *rate = self._class(class_id)
        cdef int64_t price = self._price(cost, rate)
        cdef Bucket *bucket
        cdef int64_t debt = self._debt(word, now, &bucket) + price
        if debt > rate.burst_ns:
            return False
        if bucket != NULL:
            bucket.full_at_ns = now + debt
        elif debt:
            self._open(word, now + debt, now)
        return True

    def retry_after(self, key, now_ns, double cost=1.0, class_id=0) -> float:
        """Return in how many seconds allow() would be True: 0.0 if now, inf if *cost* exceeds the burst."""
        cdef uint64_t word = <uint64_t>int64_of(key)
        cdef int64_t now = moment_of(now_ns)
        cdef RateClass *rate = self._class(class_id)
        cdef int64_t price = self._price(cost, rate)
        if price > rate.burst_ns:
            return INFINITY
        cdef Bucket *bucket
        cdef int64_t wait_ns = self._debt(word, now, &bucket) + price - rate.burst_ns
        if wait_ns <= 0:
            return 0.0
        cdef double wait_s = <double>wait_ns / NS_PER_S
        while <int64_t>(wait_s * NS_PER_S) < wait_ns:    # rounded down, it would be a little too short
            wait_s = nextafter(wait_s, INFINITY)
        return wait_s

    def peek(self, key, now_ns, class_id=0) -> float:
        """Return how many tokens the bucket of *key* holds."""
        cdef uint64_t word = <uint64_t>int64_of(key)
        cdef int64_t now = moment_of(now_ns)
        cdef RateClass *rate = self._class(class_id)
        cdef Bucket *bucket
        cdef int64_t debt = self._debt(word, now, &bucket)
        return rate.burst if debt == 0 else max(0, rate.burst_ns - debt) / rate.token_ns

    def reset(self, key) -> None:
        """Fill the bucket of *key*."""
        cdef uint64_t word = <uint64_t>int64_of(key)
        cdef Table *shard = self._shard(word)
        cdef uint32_t entry = ABSENT if shard.count == 0 else table_find(shard, word)
        if entry != ABSENT:
            table_drop(shard, entry)

    def clear(self) -> None:
        """Fill all buckets and return their memory."""
        cdef uint32_t i
        for i in range(SHARDS):
            table_free(&self._shards[i])

    def retune(self, rate_per_s, burst, now_ns, classes=()) -> None:
        """Set all rates anew, as at the start, and leave each bucket as full as it was; O(buckets).

        That holds for class 0: a debt is a time, and all are stretched as the time class 0 takes to refill is.
        Buckets used in other classes keep their part of a burst only if those are stretched alike.
        """
        cdef list pairs = [(rate_per_s, burst), *classes]
        cdef int64_t now = moment_of(now_ns)
        cdef RateClass *made = rate_classes_of(pairs)
        cdef double factor = <double>made[0].burst_ns / <double>self._classes[0].burst_ns
        cdef int64_t old_longest_ns = self._longest_ns
        cdef uint32_t i
        self._take_classes(made, <uint32_t>len(pairs))
        for i in range(SHARDS):
            scale_debts(&self._shards[i], now, old_longest_ns, factor, self._longest_ns)

    def sweep(self, now_ns, limit=4096) -> int:
        """Forget full buckets and return how many.

        Goes on where the last sweep ended, and ends with the shard, a 256th of all, in which it has looked at
        *limit* buckets or come round.
        """
        cdef int64_t now = moment_of(now_ns)
        cdef uint32_t most = room_of(limit, 1, 0xFFFFFFFF, "limit")
        cdef uint64_t looked_at = 0
        cdef uint64_t dropped = 0
        cdef Table *shard
        cdef uint32_t before
        for _ in range(SHARDS):
            shard = &self._shards[self._next_swept]
            self._next_swept = (self._next_swept + 1) % SHARDS
            before = shard.count
            drop_full(shard, now)
            shrink(shard)
            looked_at += before
            dropped += before - shard.count
            if looked_at >= most:
                break
        return dropped

    def dump(self, now_ns) -> bytes:
        """Return all debts, for load() after a restart, whose clock may be another.

        The format is a header of 8 bytes, then for each bucket its key and its debt in ns, both as 64-bit
        signed little-endian ints.
        """
        cdef int64_t now = moment_of(now_ns)
        cdef Py_ssize_t count = 0
        cdef uint32_t i
        for i in range(SHARDS):
            count += write_debts(&self._shards[i], now, self._longest_ns, NULL)
        cdef bytes data = PyBytes_FromStringAndSize(NULL, 8 + 16 * count)
        cdef uint8_t *end = <uint8_t *>PyBytes_AS_STRING(data)
        memcpy(end, <const char *>DUMP_HEADER, 8)
        end += 8
        for i in range(SHARDS):
            end += 16 * write_debts(&self._shards[i], now, self._longest_ns, end)
        return data

    def load(self, data, now_ns) -> int:
        """Add the debts that dump() returned and return how many.

        Of two debts of one key the greater stays. ValueError, and no change, if *data* is malformed.
        """
        cdef int64_t now = moment_of(now_ns)
        cdef Py_ssize_t count = debts_in(data)
        cdef const uint8_t *pairs = <const uint8_t *>PyBytes_AS_STRING(data) + 8
        cdef Bucket *bucket
        cdef uint64_t key
        cdef int64_t debt
        cdef Py_ssize_t i
        for i in range(count):
            key = read_word(pairs + 16 * i)
            debt = min(<int64_t>read_word(pairs + 16 * i + 8), self._longest_ns)
            bucket = self._find(key)
            if bucket == NULL:
                self._open(key, now + debt, now)
            else:
                bucket.full_at_ns = max(bucket.full_at_ns, now + debt)
        return count

    def __len__(self) -> int:
        cdef Py_ssize_t total = 0
        cdef uint32_t i
        for i in range(SHARDS):
            total += self._shards[i].count
        return total

    def __repr__(self) -> str:
        rate = NS_PER_S / self._classes[0].token_ns
        return f"TokenBuckets(rate_per_s={rate:g}, burst={self._classes[0].burst:g}, size={len(self)})"

    def __sizeof__(self) -> int:
        cdef size_t total = sizeof(TokenBuckets) + SHARDS * sizeof(Table)
        total += self._class_count * sizeof(RateClass)
        cdef uint32_t i
        for i in range(SHARDS):
            total += table_bytes(&self._shards[i])
        return total
