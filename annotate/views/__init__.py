"""HTTP, one file per noun: who may, what came in, which service, what goes out."""
