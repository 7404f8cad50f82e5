"""What modelsvc does: the only code that writes its tables; one file per noun."""
