"""The Chinese catalogue."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from lianxin.core.management.commands import translations
from lianxin.core.templatetags.lianxin import span


def test_every_text_has_its_chinese():
    assert translations.problems() == []


def test_updating_a_complete_catalogue_changes_nothing(tmp_path, monkeypatch):
    committed = translations.catalogue_path().read_bytes()
    copy = tmp_path / "django.po"
    copy.write_bytes(committed)
    monkeypatch.setattr(translations, "catalogue_path", lambda: copy)
    call_command("translations", "--update")
    assert copy.read_bytes() == committed
    assert copy.with_suffix(".mo").exists()


def test_a_text_with_another_placeholder_is_found(tmp_path, monkeypatch):
    text = translations.catalogue_path().read_text(encoding="utf-8")
    copy = tmp_path / "django.po"
    copy.write_text(text.replace("还剩 %(time)s", "还剩 %(times)s"), encoding="utf-8")
    monkeypatch.setattr(translations, "catalogue_path", lambda: copy)
    assert translations.problems() == ["other placeholders: '%(time)s left'"]


def test_a_missing_text_and_one_left_over_are_found(tmp_path, monkeypatch):
    text = translations.catalogue_path().read_text(encoding="utf-8")
    copy = tmp_path / "django.po"
    copy.write_text(text.replace('msgid "%(time)s left"', 'msgid "Nobody says this"'), encoding="utf-8")
    monkeypatch.setattr(translations, "catalogue_path", lambda: copy)
    assert "not translated: '%(time)s left'" in translations.problems()
    assert "no longer used: 'Nobody says this'" in translations.problems()


def test_a_length_of_time_is_said_in_chinese():
    with translation.override("zh-hans"):
        assert span(timedelta(days=5)) == "5 天"


@pytest.mark.django_db
def test_the_front_page_speaks_chinese(client: Client):
    page = client.get("/", headers={"accept-language": "zh-CN"}).content.decode()
    assert "您需要什么？" in page
    assert "What do you need?" not in page
