"""How one's account is kept: the second factor, and where one is signed in."""

from base64 import b32encode

import segno
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.forms.sign_in import CodeForm
from annotate.pages.notices import tell
from annotate.services.accounts import second_factor, sessions


@login_required
@never_cache
def set_second_factor(request: HttpRequest) -> HttpResponse:
    """Have an app's codes asked for, and then see the recovery codes this once; or no more."""
    is_on, form, user = second_factor.has_app(request.user), CodeForm(request.POST or None), request.user
    page = {"form": form, "is_on": is_on}
    if request.method == "POST" and form.is_valid():
        try:
            if is_on:
                second_factor.turn_off(user, form.cleaned_data["code"])
                tell(request, _("The app's codes are asked for no more."))
                return redirect("pages:account")
            page["recovery_codes"] = second_factor.turn_on(user, form.cleaned_data["code"])
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
    if not is_on and "recovery_codes" not in page:
        app = second_factor.app_of(user)
        page["picture"] = segno.make(app.config_url).svg_data_uri(scale=4, border=2, light="white")
        page["key"] = b32encode(app.bin_key).decode()
    return render(request, "annotate/second_factor.html", page)


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out elsewhere: in one browser, or in all."""
    here = request.session.session_key
    count = sessions.end_sessions(request.user, but=here, name=request.POST.get("session", ""))
    said = ngettext("%(count)s other session is ended.", "%(count)s other sessions are ended.", count)
    tell(request, said % {"count": count})
    return redirect("pages:account")
