"""The only code that writes annotate's tables; one file per noun. Services never enqueue: their callers do."""
