"""The HTML pages, one file per noun: who may, what came in, which service, what the template gets."""
