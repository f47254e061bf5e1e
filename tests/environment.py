"""Loaded before Django (pyproject, `-p`): the settings that tests need, where none are given."""

import os
import tempfile

os.environ.setdefault("LIANXIN_SECRET_KEY", "for-checks-and-tests-only")
os.environ.setdefault("LIANXIN_DATA", tempfile.mkdtemp(prefix="lianxin-test-"))
os.environ.setdefault("LIANXIN_LANGUAGE", "en")
