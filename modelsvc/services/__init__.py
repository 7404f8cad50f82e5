"""The only code that writes modelsvc's tables; one file per noun. Services never enqueue: their callers do."""
