"""The figures: each module measures one through the running stack, prints JSON and exits 1 on a miss."""
