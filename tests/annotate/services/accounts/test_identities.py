import pytest

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import User
from annotate.services.accounts import identities
from tests.factories import make_user

pytestmark = pytest.mark.django_db
CLAIMS = {"iss": "https://id.example.org", "sub": "4711", "preferred_username": "Rosa Lux", "email": "rosa@lab.org"}


def test_somebody_new_gets_an_account_only_where_they_may():
    with pytest.raises(SmartBlurError) as refused:
        identities.find_or_register(CLAIMS, may_register=False)
    assert refused.value.code == "unknown_identity"
    make_user("Rosa-Lux")
    user = identities.find_or_register(CLAIMS, may_register=True)
    assert (user.username, user.email, user.has_usable_password()) == ("Rosa-Lux-2", "", False)
    assert identities.find_or_register(CLAIMS | {"preferred_username": "other"}, may_register=False) == user
    with pytest.raises(SmartBlurError):  # the same subject of another provider is somebody else
        identities.find_or_register(CLAIMS | {"iss": "https://evil.example.org"}, may_register=False)
    confirmed = CLAIMS | {"sub": "4712", "preferred_username": "<>", "email_verified": True}
    assert (identities.find_or_register(confirmed, may_register=True).username) == "person"
    assert User.objects.get(username="person").email == "rosa@lab.org"


def test_an_identity_is_one_accounts_and_nobody_locks_themselves_out():
    user = make_user()
    identities.connect(user, CLAIMS)
    with pytest.raises(Conflict):
        identities.connect(make_user(), CLAIMS)
    assert identities.find_or_register(CLAIMS, may_register=False) == user
    user.is_active = False
    user.save()
    with pytest.raises(SmartBlurError):
        identities.find_or_register(CLAIMS, may_register=False)
    identities.disconnect(user)
    user.refresh_from_db()
    assert user.identity is None
    user.set_unusable_password()
    with pytest.raises(Conflict) as refused:
        identities.disconnect(user)
    assert refused.value.code == "no_password"
