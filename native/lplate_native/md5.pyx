# cython: language_level=3
"""The parts of MD5 that run once for each block or digest; steps, rounds and constants are RFC 1321's."""

from libc.string cimport memset

cdef extern from *:
    """
    /* floor(2**32 * abs(sin(i + 1))), RFC 1321 section 3.4 */
    static const uint32_t lplate_sines[64] = {
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
    };
    """
    const uint32_t *SINES "lplate_sines"


cdef void md5_init(Md5 *md5) noexcept nogil:
    md5.state[0], md5.state[1], md5.state[2], md5.state[3] = 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
    md5.length = 0


cdef inline uint32_t turned(uint32_t sum, uint32_t bits) noexcept nogil:
    return (sum << bits) | (sum >> (32 - bits))


cdef inline uint32_t little(const uint8_t *octets) noexcept nogil:
    return octets[0] | <uint32_t>octets[1] << 8 | <uint32_t>octets[2] << 16 | <uint32_t>octets[3] << 24


cdef inline uint32_t mix(uint32_t round, uint32_t b, uint32_t c, uint32_t d) noexcept nogil:
    """Return the round's function of three words: F, G, H, I of the RFC."""
    if round == 0:
        return d ^ (b & (c ^ d))
    if round == 1:
        return (b & d) + (c & ~d)       # the bits of one are 0 in the other; a sum may wait for b alone
    if round == 2:
        return b ^ c ^ d
    return c ^ (b | ~d)


cdef inline uint32_t stepped(
    uint32_t round, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t added, uint32_t bits
) noexcept nogil:
    return b + turned(a + added + mix(round, b, c, d), bits)


cdef inline void run_round(
    uint32_t round, uint32_t stride, uint32_t start, uint32_t s0, uint32_t s1, uint32_t s2, uint32_t s3,
    const uint32_t *block, uint32_t *state,
) noexcept nogil:
    """Do 16 steps of a *round*, which takes the words of *block* from *start* in steps of *stride*."""
    cdef uint32_t a = state[0], b = state[1], c = state[2], d = state[3]
    cdef const uint32_t *sines = SINES + 16 * round
    cdef uint32_t i
    for i in range(0, 16, 4):
        a = stepped(round, a, b, c, d, block[(start + stride * i) & 15] + sines[i], s0)
        d = stepped(round, d, a, b, c, block[(start + stride * (i + 1)) & 15] + sines[i + 1], s1)
        c = stepped(round, c, d, a, b, block[(start + stride * (i + 2)) & 15] + sines[i + 2], s2)
        b = stepped(round, b, c, d, a, block[(start + stride * (i + 3)) & 15] + sines[i + 3], s3)
    state[0], state[1], state[2], state[3] = a, b, c, d


cdef void md5_block(Md5 *md5) noexcept nogil:
    """Digest the first 64 bytes of *pending*."""
    cdef uint32_t[16] block
    cdef uint32_t[4] state
    cdef uint32_t i
    for i in range(16):
        block[i] = little(md5.pending + 4 * i)
    for i in range(4):
        state[i] = md5.state[i]
    run_round(0, 1, 0, 7, 12, 17, 22, block, state)
    run_round(1, 5, 1, 5, 9, 14, 20, block, state)
    run_round(2, 3, 5, 4, 11, 16, 23, block, state)
    run_round(3, 7, 0, 6, 10, 15, 21, block, state)
    for i in range(4):
        md5.state[i] += state[i]
    md5.length += 64


cdef void md5_finish(Md5 *md5, uint32_t waiting, uint8_t *digest) noexcept nogil:
    """Write the 16 bytes of the digest; *md5* is used up."""
    cdef uint64_t bits = (md5.length + waiting) * 8
    cdef uint32_t i
    waiting = md5_room(md5, waiting)
    memset(md5.pending + waiting, 0, 72 - waiting)
    md5.pending[waiting] = 0x80
    if waiting >= 56:
        md5_block(md5)
        memset(md5.pending, 0, 64)
    for i in range(8):
        md5.pending[56 + i] = <uint8_t>(bits >> (8 * i))
    md5_block(md5)
    for i in range(16):
        digest[i] = <uint8_t>(md5.state[i >> 2] >> (8 * (i & 3)))
