"""What a release says of the model behind a map is found by comparing the map that it holds with the proposal."""

import pytest

from annotate.models import Annotation, Consensus, Image
from annotate.services import reviews
from annotate.services.agreement.consensus import adjudicate
from annotate.services.labelling.preannotations import save_preannotation
from annotate.services.releasing.snapshots import Snapshot, with_labels
from tests.factories import make_image, make_member, make_project
from tests.labels import label_image, rectangle

pytestmark = pytest.mark.django_db

PROPOSAL = {"base": 0, "regions": [rectangle("r0", 2, 0, 0, 24, 32)]}
BY_HAND = {"base": 0, "regions": [rectangle("mine", 1, 0, 0, 12, 32)]}
HALF_EDITED = {"base": 0, "regions": [rectangle("r0", 2, 0, 0, 24, 32), rectangle("mine", 1, 24, 0, 48, 32)]}


@pytest.fixture
def image():
    """A photo of 48 x 32 that two people are to label, with a model's map: its left half at level 2."""
    image = make_image(make_project(votes_wanted=2))
    said = {"probabilities_ppm": [0, 0, 0, 1_000_000], "uncertainty_ppm": 20, "model_version": 1}
    save_preannotation(image, document=PROPOSAL, model_name="net 3", weights_sha256="ab" * 32, **said)
    return image


def released(image):
    """(facts, steps of the lineage) of the photo as a release freezes it."""
    row = with_labels(Image.objects.filter(pk=image.pk)).get()
    record = Snapshot("salt", "birds", "1.0.0", "0").item(row, added_in="1.0.0")
    return record["facts"], record["lineage"]


def provenance(facts):
    return facts["pre_model"], facts["pre_kept_ppm"], facts["level_annotators"], facts["decided_by"]


def test_settled_by_hand(image):
    label_image(image, PROPOSAL, "bad")
    label_image(image, BY_HAND, "bad")
    hand = Annotation.objects.get(document=BY_HAND)
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=reviews.compose(image, hand, {}), desirability="bad", reason="theirs")
    facts, steps = released(image)
    assert provenance(facts) == ("", 0, 1, "adjudicated")
    assert (facts["votes"], facts["level_agreement_ppm"]) == ([0, 0, 0, 2], 1_000_000)
    settled = Consensus.objects.get().adjudication
    assert [step["step"] for step in steps] == [
        "ingest",
        "pre-annotation",
        "annotation",
        "annotation",
        "review",
        "consensus",
    ]
    assert (steps[-1]["levels_method"], steps[-1]["levels_from"]) == ("single", [str(settled.pk)])
    assert "based_on" not in steps[-1]
    assert steps[-1]["people"]["overlap_ppm"] < 400_000


def test_settled_from_the_model(image):
    label_image(image, PROPOSAL, "bad")
    label_image(image, BY_HAND, "bad")
    accepted = Annotation.objects.get(document=PROPOSAL)
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=reviews.compose(image, accepted, {}), desirability="bad", reason="the model")
    facts, steps = released(image)
    assert provenance(facts) == ("net 3", 1_000_000, 1, "adjudicated")
    assert (steps[-1]["based_on"], steps[-1]["kept_ppm"]) == ("net 3", 1_000_000)
    assert (steps[-2]["step"], steps[-2]["based_on"]) == ("review", "net 3")


def test_settled_by_the_merged_map_of_work_that_began_from_the_model(image):
    label_image(image, PROPOSAL, "bad")
    label_image(image, {"base": 0, "regions": [rectangle("mine", 2, 0, 0, 24, 32)]}, "ok")
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=reviews.compose(image, None, {}), desirability="bad", reason="both")
    assert provenance(released(image)[0]) == ("net 3", 1_000_000, 1, "adjudicated")


def test_a_merged_map_that_nobody_began_from_the_model_is_not_the_models(image):
    label_image(image, BY_HAND, "bad", "ok")
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=reviews.compose(image, None, {}), desirability="bad", reason="both")
    assert provenance(released(image)[0]) == ("", 0, 1, "adjudicated")


def test_two_people_of_whom_one_accepted(image):
    label_image(image, PROPOSAL, "bad")
    label_image(image, {"base": 0, "regions": [rectangle("mine", 3, 0, 0, 24, 32)]}, "bad")
    facts, steps = released(image)
    # The merged map says level 3 where they part by one level: half of the pixels are as the model proposed.
    assert provenance(facts) == ("net 3", 500_000, 2, "posterior")
    assert facts["level_agreement_ppm"] == 666_667
    assert (steps[-1]["levels_method"], len(steps[-1]["levels_from"])) == ("settled-median", 2)


def test_edited_by_half(image):
    label_image(image, HALF_EDITED, "bad", "bad")
    assert provenance(released(image)[0]) == ("net 3", 500_000, 2, "posterior")


def test_drawn_by_hand_beside_a_proposal(image):
    label_image(image, BY_HAND, "bad", "bad")
    facts, steps = released(image)
    assert provenance(facts) == ("", 0, 2, "posterior")
    assert "based_on" not in steps[-1]


def test_a_curator_who_settles_again_by_hand_is_no_more_said_to_have_begun_from_the_model(image):
    label_image(image, PROPOSAL, "bad", "bad")
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=PROPOSAL, desirability="bad", reason="the model")
    adjudicate(image, by=curator, document=BY_HAND, desirability="bad", reason="no")
    assert provenance(released(image)[0]) == ("", 0, 1, "adjudicated")


def test_rows_from_before_are_compared_when_they_are_released(image):
    label_image(image, HALF_EDITED, "bad", "bad")
    Consensus.objects.update(pre_kept_ppm=None, pre_model="")
    assert provenance(released(image)[0]) == ("net 3", 500_000, 2, "posterior")
