import pytest
from django.db.models import Count

from annotate.models import Image, PhotoCount
from annotate.services import counts
from tests.factories import make_image, make_project

KINDS = ("state", "is_withdrawn", "is_open")


def kept(project) -> dict[tuple, int]:
    return {tuple(kind): count for *kind, count in project.photo_counts.by(*KINDS) if count}


def counted(project) -> dict[tuple, int]:
    rows = project.images.order_by().values_list("state", "is_withdrawn", "open_slots").annotate(Count("id"))
    found: dict[tuple, int] = {}
    for state, is_withdrawn, slots, count in rows:
        found[state, is_withdrawn, slots > 0] = found.get((state, is_withdrawn, slots > 0), 0) + count
    return found


@pytest.mark.django_db
def test_counts_follow_whatever_happens_to_photos():
    project, other = make_project(votes_wanted=2), make_project()
    images = [make_image(project) for _ in range(4)]
    make_image(other)
    assert kept(project) == counted(project) == {("new", False, True): 4}
    Image.objects.filter(pk=images[0].pk).update(state="agreed", open_slots=0)
    Image.objects.filter(pk__in=[each.pk for each in images[:2]]).update(is_withdrawn=True)
    Image.objects.filter(pk=images[2].pk).update(state="disputed", open_slots=0)
    images[3].delete()
    assert kept(project) == counted(project)
    assert project.photo_counts.disputed().total() == 1
    written = PhotoCount.objects.count()
    counts.add_up()
    assert kept(project) == counted(project)
    assert PhotoCount.objects.count() < written
    counts.add_up()
    assert PhotoCount.objects.filter(project=project).count() == len(counted(project))
    assert kept(other) == counted(other)
    Image.objects.all().delete()
    counts.add_up()
    assert not PhotoCount.objects.exists()
