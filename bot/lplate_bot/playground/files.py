"""Files that bots and learners uploaded: identifiers, sizes and limits.

A file_id belongs to one bot, one content and one size, and stays valid while the server lives (with a state
file, after that too). Limits: https://core.telegram.org/bots/api#sending-files and #sendphoto.
"""

from __future__ import annotations

import base64
import hashlib
import io
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from PIL import Image, UnidentifiedImageError

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.objects import Document, File, PhotoSize

if TYPE_CHECKING:
    from lplate_bot.playground.contents import Contents

MAX_PHOTO_BYTES: Final = 10 * 1024 * 1024
MAX_DOWNLOAD_BYTES: Final = 20 * 1024 * 1024
MAX_PHOTO_SIDES: Final = 10_000
"""Width and height together."""
MAX_PHOTO_RATIO: Final = 20
SIDES: Final = {"s": 90, "m": 320, "x": 800, "y": 1280, "w": 2560}
"""The longer side of each size that Telegram makes of a photo."""
KIND_PREFIX: Final = {"Photo": "AgACAgIAAxkDAA", "Document": "BQACAgIAAxkDAA"}
WRONG_FILE: Final = "wrong file identifier/HTTP URL specified"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a request."""

    filename: str
    content_type: str
    content: bytes


class StoredFile(Struct, omit_defaults=True, frozen=True):
    """One size of a photo, or a document, as one bot knows it."""

    file_id: str
    unique_id: str
    bot_id: int
    kind: str
    digest: str
    path: str
    byte_count: int | None = None
    """None for a smaller size of a photo: it is made when somebody asks for it."""
    width: int = 0
    height: int = 0
    name: str | None = None
    mime_type: str | None = None
    photo_ids: tuple[str, ...] = ()
    """All sizes of the same photo, the smallest first."""


class FileStore:
    """Know every file by its file_id and its file_unique_id."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._by_id: dict[str, StoredFile] = {}
        self._by_unique_id: dict[str, StoredFile] = {}
        self._by_path: dict[tuple[int, str], StoredFile] = {}

    def restore(self, files: list[StoredFile]) -> None:
        """Go on from a stored state."""
        for file in files:
            self._remember(file)

    def all_files(self) -> list[StoredFile]:
        """Return what restore() takes."""
        return list(self._by_id.values())

    def add_photo(self, bot_id: int, upload: Upload) -> list[PhotoSize]:
        """Keep a picture and return its sizes, the largest last.

        Raises:
            ApiError: 400, it is no picture or passes the limits.
        """
        size = len(upload.content)
        if size > MAX_PHOTO_BYTES:
            limit = f"the maximum size is {MAX_PHOTO_BYTES} bytes"
            raise bad_request(f"file of size {size} bytes is too big for a photo; {limit}")
        digest = self._keep(upload)
        known = self._by_id.get(_file_id(bot_id, "Photo", digest, "s"))
        if known is not None:
            return self.photo_sizes(known)
        width, height, mime_type = _probe(upload.content)
        sizes = _sizes(width, height)
        ids = tuple(_file_id(bot_id, "Photo", digest, letter) for letter, _, _ in sizes)
        for file_id, (letter, size_width, size_height) in zip(ids, sizes, strict=True):
            is_original = (size_width, size_height) == (width, height)
            stored = StoredFile(
                file_id,
                _unique_id(digest, letter),
                bot_id,
                "Photo",
                digest,
                path=f"photos/file_{len(self._by_id)}.jpg",
                byte_count=size if is_original else None,
                width=size_width,
                height=size_height,
                mime_type=mime_type if is_original else "image/jpeg",
                photo_ids=ids,
            )
            self._remember(stored)
        return self.photo_sizes(self._by_id[ids[0]])

    def add_document(self, bot_id: int, upload: Upload) -> Document:
        """Keep a file as it is."""
        digest = self._keep(upload)
        file_id = _file_id(bot_id, "Document", digest, upload.filename)
        if file_id not in self._by_id:
            guessed = mimetypes.guess_type(upload.filename)[0]
            path = f"documents/file_{len(self._by_id)}{mimetypes.guess_extension(guessed or '') or ''}"
            stored = StoredFile(
                file_id,
                _unique_id(digest, "d"),
                bot_id,
                "Document",
                digest,
                path=path,
                byte_count=len(upload.content),
                name=upload.filename,
                mime_type=guessed or upload.content_type or "application/octet-stream",
            )
            self._remember(stored)
        return document(self._by_id[file_id])

    def find(self, bot_id: int, file_id: str) -> StoredFile | None:
        """Return a file by the id this bot knows it by."""
        file = self._by_id.get(file_id)
        return file if file is not None and file.bot_id == bot_id else None

    def named(self, bot_id: int, text: str, kind: str) -> StoredFile:
        """Return the file that a parameter names by file_id.

        Raises:
            ApiError: 400, it is an address (this server fetches none), of another kind, or no file_id.
        """
        if text.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        file = self.find(bot_id, text)
        if file is None:
            raise bad_request(WRONG_FILE)
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind} as {kind}")
        return file

    def photo_sizes(self, file: StoredFile) -> list[PhotoSize]:
        """Return all sizes of the photo *file* is one size of."""
        return [
            PhotoSize(size.file_id, size.unique_id, size.width, size.height, size.byte_count)
            for size in (self._by_id[file_id] for file_id in file.photo_ids)
        ]

    def info(self, bot_id: int, file_id: str) -> File:
        """Return what getFile returns.

        Raises:
            ApiError: 400, unknown or too big to download.
        """
        file = self.find(bot_id, file_id)
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if (file.byte_count or 0) > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        return File(file.file_id, file.unique_id, file.byte_count, file.path)

    def by_path(self, bot_id: int, path: str) -> StoredFile | None:
        """Return a file by the path getFile gave."""
        return self._by_path.get((bot_id, path))

    def by_unique_id(self, unique_id: str) -> StoredFile | None:
        """Return a file by the id that is the same for all bots."""
        return self._by_unique_id.get(unique_id)

    def read(self, file: StoredFile) -> bytes:
        """Return the bytes; a smaller size of a photo is made now.

        Raises:
            FileNotFoundError: somebody removed the folder of contents.
        """
        content = self._contents.get(file.digest)
        return content if file.byte_count is not None else _scaled(content, file.width, file.height)

    def close(self) -> None:
        """Let go of the contents."""
        self._contents.close()

    def _keep(self, upload: Upload) -> str:
        if not upload.content:
            raise bad_request("file must be non-empty")
        digest = hashlib.sha256(upload.content).hexdigest()
        self._contents.add(digest, upload.content)
        return digest

    def _remember(self, file: StoredFile) -> None:
        self._by_id[file.file_id] = file
        self._by_unique_id[file.unique_id] = file
        self._by_path[file.bot_id, file.path] = file


def document(file: StoredFile) -> Document:
    """Return a stored document as messages show it."""
    return Document(file.file_id, file.unique_id, file.name, file.mime_type, file.byte_count)


def _probe(content: bytes) -> tuple[int, int, str]:
    """Return width, height and MIME type of a picture."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height, form = *image.size, image.format or "JPEG"
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    if width + height > MAX_PHOTO_SIDES or max(width, height) > MAX_PHOTO_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height, Image.MIME.get(form, "image/jpeg")


def _sizes(width: int, height: int) -> list[tuple[str, int, int]]:
    """Return letter, width and height of the sizes Telegram would make; a small picture has only one."""
    longer = max(width, height)
    sizes = []
    for letter, side in SIDES.items():
        scale = min(1.0, side / longer)
        sizes.append((letter, max(1, round(width * scale)), max(1, round(height * scale))))
        if side >= longer:
            break
    return sizes


def _scaled(content: bytes, width: int, height: int) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        scaled = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    scaled.save(target, "JPEG", quality=87)
    return target.getvalue()


def _file_id(bot_id: int, kind: str, digest: str, size: str) -> str:
    mark = hashlib.sha256(f"{bot_id}/{kind}/{digest}/{size}".encode()).digest()
    return KIND_PREFIX[kind] + base64.urlsafe_b64encode(mark + bytes(7)).decode()


def _unique_id(digest: str, size: str) -> str:
    mark = hashlib.sha256(f"{digest}/{size}".encode()).digest()[:9]
    return "AQAD" + base64.urlsafe_b64encode(mark).decode()
