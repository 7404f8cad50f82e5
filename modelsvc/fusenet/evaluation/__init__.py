"""How good a network is: readings of photos, measures, their intervals, reports, and peers to compare with."""
