"""The site as a WSGI application: `python -m smartblur_site.webserver`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartblur_site.settings")
application = get_wsgi_application()
