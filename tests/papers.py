"""Reading a PDF with poppler, a reader that has nothing to do with what wrote it."""

import re
import subprocess

MM = 72 / 25.4


def words(data: bytes) -> str:
    """The text of a PDF, as somebody would copy it; spaces and lines run together."""
    said = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


def sizes(data: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in whole millimetres."""
    said = subprocess.run(["pdfinfo", "-l", "-1", "-"], input=data, capture_output=True, check=True).stdout.decode()
    found = re.findall(r"^Page\s+\d+ size:\s+([\d.]+) x ([\d.]+) pts", said, re.M)
    return [(round(float(w) / MM), round(float(h) / MM)) for w, h in found]
