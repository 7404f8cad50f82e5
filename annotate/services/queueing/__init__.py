"""Who labels what next, how many label each photo, and what they tell of it."""
