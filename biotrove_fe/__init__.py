"""Which deep features separate families, genera and species best? Photos in, evidence out."""
__version__ = "0.1.0"

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .catalog import Catalog as Catalog, load_catalog as load_catalog
    from .clustering import check_submission as check_submission, nested_kmeans as nested_kmeans
    from .comparison import compare as compare, plan_run as plan_run
    from .contrastive_training import train_supcon as train_supcon
    from .core import InputError as InputError
    from .embeddings import Embeddings as Embeddings
    from .evaluation import evaluate as evaluate
    from .extraction import embed as embed, extract as extract
    from .extractors import EXTRACTORS as EXTRACTORS, FeatureExtractor as FeatureExtractor, get_extractor as get_extractor
    from .heatmaps import activation_heatmaps as activation_heatmaps
    from .neighbours import Neighbours as Neighbours
    from .probes import probe as probe
    from .results import Comparison as Comparison
    from .sample import draw_sample as draw_sample
    from .supervised_contrastive import SupConLoss as SupConLoss
    from .verdicts import Verdict as Verdict, verdict as verdict
    from .visualization import plot_comparison as plot_comparison, plot_embedding as plot_embedding, umap_2d as umap_2d

# The same names for Python, which imports the module of a name when the name is first used: importing the package costs next to nothing.
_MODULES = {
    "catalog": ("Catalog", "load_catalog"),
    "clustering": ("check_submission", "nested_kmeans"),
    "comparison": ("compare", "plan_run"),
    "contrastive_training": ("train_supcon",),
    "core": ("InputError",),
    "embeddings": ("Embeddings",),
    "evaluation": ("evaluate",),
    "extraction": ("embed", "extract"),
    "extractors": ("EXTRACTORS", "FeatureExtractor", "get_extractor"),
    "heatmaps": ("activation_heatmaps",),
    "neighbours": ("Neighbours",),
    "probes": ("probe",),
    "results": ("Comparison",),  # defined in run_folder; results adds what brings it up to date
    "sample": ("draw_sample",),
    "supervised_contrastive": ("SupConLoss",),
    "verdicts": ("Verdict", "verdict"),
    "visualization": ("plot_comparison", "plot_embedding", "umap_2d"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_MODULE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


class _DocumentingFinder:
    "Lets the comments of parameters appear in the docstrings of each module of this package when it is imported."

    @staticmethod
    def find_spec(name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        package, _, module = name.rpartition(".")
        command_line = f"{__name__}.cli"  # nobody asks a command for help(), and its docstring is its help text
        if package != __name__ or module in ("docstrings", "_modidx") or command_line in {name, *sys.modules}: return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None: return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            from .docstrings import add_module_sections
            add_module_sections(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _DocumentingFinder)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF: raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*(name for name in globals() if name.startswith("__")), *__all__})
