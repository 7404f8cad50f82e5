"""What people and models say of a photo."""
