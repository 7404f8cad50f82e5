"""Finding photos: what is known of each, the filters and sorts by it, saved sets, and their distributions."""
