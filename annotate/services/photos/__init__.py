"""Photos: taken in, looked into, told from their twins, curated."""
