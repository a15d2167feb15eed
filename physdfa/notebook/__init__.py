"""Training and scoring in a few lines, by the same compiled programs as every run."""

from physdfa.notebook.fitting import fit as fit
from physdfa.notebook.loading import load as load
from physdfa.notebook.model import Evaluation as Evaluation
from physdfa.notebook.model import Model as Model
from physdfa.notebook.model import evaluate as evaluate
