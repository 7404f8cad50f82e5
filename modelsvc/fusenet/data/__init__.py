"""Where photos with labels come from: releases, folders with masks, and synthesis on sharp photos."""
