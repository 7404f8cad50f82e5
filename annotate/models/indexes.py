"""Indexes that migrations add to large tables."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexMeanwhile(AddIndexConcurrently):
    """Adds an index while others go on saving; in a transaction, as of a restore, nobody else saves anyway."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make it."""
        if schema_editor.connection.in_atomic_block:
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Note it, without Django's making all related models anew: an index changes none of them."""
        model = state.models[app_label, self.model_name_lower]
        model.options["indexes"] = [*model.options["indexes"], self.index]
        if "apps" in vars(state):
            state.apps.get_model(app_label, self.model_name)._meta.indexes.append(self.index)
