"""How a release's card tells programmers to read it, in each layout."""

from __future__ import annotations

import json

from annotate.core.release.manifest import Manifest
from annotate.core.release.shards import SHARD_IMAGES, shard_name
from annotate.core.release.summary import Summary
from annotate.core.release.verify_standalone import DESIRABILITIES, FOLDER


def how_to_read(manifest: Manifest, summary: Summary) -> str:
    """Markdown with code for PyTorch, WebDataset and Hugging Face datasets, as far as the layout suits them."""
    return _of_files(manifest) if summary.layout == FOLDER else _of_shards(manifest, summary)


def media_glob(split: str, layout: str) -> str:
    """Where Hugging Face datasets finds a split's photos."""
    return f"{split}/**" if layout == FOLDER else f"{split}/shards/*.tar"


def _of_files(manifest: Manifest) -> str:
    return f"""With PyTorch, and with Hugging Face datasets:

```python
from smartblur.data import SmartBlurDataset
train = SmartBlurDataset("{manifest.folder_name}", "train", target="amount")
```
```python
from datasets import ClassLabel, load_dataset
train = load_dataset("{manifest.folder_name}", split="train")
train = train.cast_column("desirability", ClassLabel(names={json.dumps(DESIRABILITIES)}))
```"""


def _of_shards(manifest: Manifest, summary: Summary) -> str:
    return f"""Photos lie in shards: tar files of up to {SHARD_IMAGES:,} samples. A sample is `KEY.jpg` (or `.png`,
`.webp`), its map `KEY.level.png` and its record `KEY.json`. `index.jsonl` beside the shards says at which byte each of
them begins.

With PyTorch, any photo at any time:

```python
from smartblur.data import SmartBlurDataset
train = SmartBlurDataset("{manifest.folder_name}", "train", target="amount")
```

With WebDataset, in a stream from a disk or over HTTP. It makes RGB of every picture, so name the map's own decoder
first:

```python
import io
import numpy, PIL.Image, webdataset

level = webdataset.handle_extension("level.png", lambda png: numpy.array(PIL.Image.open(io.BytesIO(png))))
shards = "{manifest.folder_name}/{_shards_of(summary)}"
photos = webdataset.WebDataset(shards, shardshuffle=False).decode(level, "pil")
for photo, levels, record in photos.to_tuple("jpg;png;webp", "level.png", "json"):
    ...     # a PIL image, (H, W) uint8, a dict
```

With Hugging Face datasets, where all photos are of one file type; the columns are `jpg`, `level.png` and `json`:

```python
from datasets import load_dataset
train = load_dataset("{manifest.folder_name}", split="train")
```"""


def _shards_of(summary: Summary) -> str:
    """The shards of the first split, as shells and WebDataset spell several paths at once."""
    split = summary.splits[0]
    last = sum(1 for path in summary.checksums if path.startswith(f"{split}/shards/{split}-")) - 1
    numbers = "00000" if last < 1 else f"{{00000..{last:05d}}}"
    return f"{split}/shards/{shard_name(split, 0)}".replace("00000", numbers)
