"""Shapes in (…Input) and out (…Output), one file per noun; no rules."""

from typing import Any

from rest_framework import serializers


class StrictInput(serializers.Serializer):
    """Input whose unknown fields are told rather than dropped: a typo is not a default."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated fields.

        Raises:
            ValidationError: a field is wrong, missing or unknown.
        """
        known = {name for name, field in self.fields.items() if not field.read_only}
        if unknown := sorted(set(data) - known, key=str) if isinstance(data, dict) else None:
            detail = f"There is no such field. Known are: {', '.join(sorted(known))}."
            raise serializers.ValidationError({str(unknown[0])[:80]: [detail]}, code="unknown_field")
        return super().to_internal_value(data)
