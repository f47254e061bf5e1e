"""The web server's entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
application = get_wsgi_application()


def _warm() -> None:
    """Load what the first visitor would wait for: every page, the frames, the translations, the PDF library."""
    from django.conf import settings
    from django.template.loader import get_template
    from django.urls import reverse
    from django.utils import translation

    from lianxin.core import pdf

    reverse("home")
    pdf.available()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("Needs")
    for frame in ("base_work.html", "base_public.html"):
        get_template(frame)


_warm()
# What is loaded by now stays: the collector need not look through it again and again while people wait.
gc.collect()
gc.freeze()
# A page makes some thousand objects and drops them without any cycle: looking once in twenty pages is enough.
gc.set_threshold(20_000, 20, 50)
