"""The web server's entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
application = get_wsgi_application()
# What is loaded by now stays: the collector need not look through it again and again while people wait.
gc.collect()
gc.freeze()
