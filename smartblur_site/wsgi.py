"""The site as a WSGI application: `granian --interface wsgi smartblur_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartblur_site.settings")
application = get_wsgi_application()
