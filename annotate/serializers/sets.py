"""Shapes of saved sets."""

from rest_framework import serializers

from annotate.models import SavedSet
from annotate.serializers import StrictInput


class SavedSetInput(StrictInput):
    """A question about photos, and its name."""

    name = serializers.CharField(max_length=80)
    query = serializers.CharField(max_length=2_000, help_text="Filters as in an address: verdict=good&subject=..10")


class SavedSetOutput(serializers.ModelSerializer):
    """A saved set; `set=NAME` is a filter of every list of photos."""

    class Meta:
        model = SavedSet
        fields = ("id", "name", "query", "saved_at")
