from tests.modelsvc.fusenet.conftest import make_release

__all__ = ["make_release"]
