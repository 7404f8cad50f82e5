"""`manage.py merge_again` merges anew what former rules merged, and says how many photos that were."""

import io

import pytest
from django.core.management import call_command

from annotate.models import Consensus
from tests.factories import make_image, make_project
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image

pytestmark = pytest.mark.django_db


def test_it_says_how_many_photos_it_merged():
    image = make_image(make_project(votes_wanted=2))
    label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "bad")
    Consensus.objects.update(merge_rule="ordered-median", state="agreed", dispute="")
    said = io.StringIO()
    call_command("merge_again", str(image.project_id), stdout=said)
    assert said.getvalue() == "1 photos merged anew.\n"
    assert Consensus.objects.get().why_disputed == "overlap"
