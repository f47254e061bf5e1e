"""Photos: decoded, shrunk, re-encoded without what the camera wrote into them, kept under a random name."""

import io
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from lianxin.core.errors import Invalid

if TYPE_CHECKING:
    Upload = UploadedFile[bytes]
else:
    Upload = UploadedFile

LONGEST_SIDE = 1600
MAX_PIXELS = 50_000_000
# A JPEG of the usual sort is shrunk while it is read; everything else stands in memory whole.
MAX_PIXELS_WHOLE = 24_000_000
# A phone's MPO pictures open as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def photo_folder() -> Path:
    """Where photos lie; never below a folder that a web server serves by itself."""
    return Path(settings.MEDIA_ROOT) / "photos"


def store_photos(uploads: list[Upload]) -> list[str]:
    """Check and re-encode uploaded pictures, keep them, and return their file names. One that is refused keeps none.

    Raises Invalid when one is too big, not a picture, or unpacks to too many pixels.
    """
    pictures = [_encoded(upload) for upload in uploads]
    return [_keep(picture) for picture in pictures]


def _encoded(upload: Upload) -> bytes:
    if (upload.size or 0) > settings.PHOTO_MAX_BYTES:
        raise Invalid(
            _("A photo may have %(n)s MB at the most.") % {"n": settings.PHOTO_MAX_BYTES // 1024 // 1024},
            field="photos",
        )
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            shrinks = picture.format == "JPEG" and "progressive" not in picture.info
            if picture.width * picture.height > (MAX_PIXELS if shrinks else MAX_PIXELS_WHOLE):
                raise Invalid(_("This picture is too large to open."), field="photos")
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Invalid:
        raise
    # Pillow's readers meet what nobody wrote on purpose with whatever their code happens to raise.
    except Exception as error:
        raise Invalid(_("This file could not be read as a picture."), field="photos") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A comment, which Pillow would write again.
    upright.info.clear()
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _keep(picture: bytes) -> str:
    name = f"{secrets.token_hex(16)}.jpg"
    path = photo_folder() / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    return name


def photo_path(name: str) -> Path:
    """Where the photo called `name` lies."""
    return photo_folder() / name[:2] / Path(name).name


def unlink_photos(names: list[str]) -> None:
    """Remove the files once the transaction is certain."""

    def unlink() -> None:
        for name in names:
            photo_path(name).unlink(missing_ok=True)

    transaction.on_commit(unlink)
