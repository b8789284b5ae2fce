"""How a network is trained: every choice named, checked, and part of the record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from moat_lab.checked_yaml import load
from moat_lab.data import Dataset, dataset
from moat_lab.data.labelled_images import Resize, resized
from moat_lab.errors import UserError, readable
from moat_lab.heads import head_content, kind_of, parsed_head
from moat_lab.lookup import RECIPE, find_file
from moat_lab.ops import Head, InputSpec, input_spec
from moat_lab.records.evaluation import key_of_recipe
from moat_lab.tasks import DEFAULT, TASKS, check_task

Share = Annotated[float, Ge(0), Le(1)]
Pixels = Annotated[int, Ge(1), Le(4096)]
Images = Annotated[int, Ge(1), Le(10**9)] | Literal["all"]
Batch = Annotated[int, Ge(1), Le(10**6)]
Epochs = Annotated[int, Ge(1), Le(100_000)]
Alpha = Annotated[float, Ge(0), Le(1000)]
Scale = Annotated[float, Ge(0.05), Le(20)]
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]


_FIRST = (
    "data resolution train val split_seed epochs batch optimizer learning_rate weight_decay schedule "
    "warmup_epochs clip_grad label_smoothing drop_path augmentation ema precision memory_format "
    "batch_norm_momentum curve_points"
)


def _writable(name: str) -> str:
    if name != readable(name):
        raise ValueError("a name in UTF-8 is needed, for records are")
    return name


def _head(content: Any) -> Head | None:
    if content is None or isinstance(content, Head):
        return content
    if not isinstance(content, Mapping):
        raise ValueError("a mapping with the kind of a head is needed, such as {kind: deeplabv3plus}")
    return parsed_head(content)


def _head_content(head: Head | None) -> dict[str, Any] | None:
    return head_content(head) if head is not None else None


def _named_recipe(content: Any, info: ValidationInfo) -> Any:
    """The recipe of a name or path, as a YAML file gives it; a record holds the recipe itself."""
    if not isinstance(content, str):
        return content
    context = info.context or {}
    try:
        return _loaded(content, beside=context.get("beside"), within=context.get("within", ()))
    except UserError as error:
        raise ValueError(str(error)) from None


class _Checked(BaseModel):
    """What is read from YAML, and written as plain values without what nobody chose.

    The fields of version 0.1 are always written. Every later one is left out while it has its default, so
    that the recipes from before it keep their content, and with it their key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
    always: ClassVar[frozenset[str]]
    """Names of the fields of version 0.1."""

    @model_serializer(mode="wrap")
    def _chosen(self, content_of: SerializerFunctionWrapHandler) -> dict[str, Any]:
        defaults = {name: field.default for name, field in type(self).model_fields.items()}
        return {
            name: value
            for name, value in content_of(self).items()
            if name in self.always or getattr(self, name) != defaults[name]
        }


class Augmentation(_Checked):
    """Done to whole batches on the device."""

    always = frozenset({"shift", "flip", "erase"})

    shift: Annotated[int, Ge(0), Le(4096)] = 0
    """Largest move along each axis, pixels; what comes in is black."""
    flip: bool = False
    """Left and right swapped in half of the images."""
    erase: Share = 0.0
    """Side of a square at a random place set to black, as a share of the image's side."""
    crop: Annotated[float, Gt(0), Le(1)] = 1.0
    """Least share of the area that a random crop keeps, before it is resized to the whole; 1 is no crop."""
    scale: tuple[Scale, Scale] = (1.0, 1.0)
    """Least and largest size of an image in a frame of its old size: it is padded where smaller, or cut."""
    randaugment: Annotated[int, Ge(0), Le(30)] = 0
    """Magnitude of two operations of RandAugment on each image; 0 is none. One or three channels."""
    mixup: Alpha = 0.0
    """Alpha of mixup; 0 is none. With `cutmix` too, each batch takes one of the two."""
    cutmix: Alpha = 0.0
    """Alpha of CutMix; 0 is none."""

    @model_validator(mode="after")
    def _one_frame(self) -> Augmentation:
        if self.scale[0] > self.scale[1]:
            raise ValueError(f"scale needs its least size first; got {list(self.scale)}")
        if self.scales and self.crop < 1:
            raise ValueError("scale or crop is needed, and not both: each chooses what of an image is seen")
        return self

    @property
    def scales(self) -> bool:
        """Whether sizes change (large-scale jitter)."""
        return self.scale != (1.0, 1.0)

    @property
    def mixes(self) -> bool:
        """Whether images are mixed with each other, and labels with them."""
        return self.mixup > 0 or self.cutmix > 0


class Recipe(_Checked):
    """One short training. The same recipe, network and seed give the same result on a CPU."""

    always = frozenset(_FIRST.split())

    data: Annotated[str, AfterValidator(_writable)]
    task: Annotated[str, AfterValidator(check_task)] = DEFAULT
    """What the network learns from the data."""
    head: Annotated[Head | None, PlainValidator(_head), PlainSerializer(_head_content)] = None
    """What stands on the network's maps; None is the task's own."""
    resolution: Pixels
    """Side of the images, pixels."""
    resize: Resize | None = None
    """The side of an image that fills it: `short` shows the middle, `long` all, with black beside it.

    None is the data's own: `long` of coco, `short` of all others."""
    train: Images
    val: Images
    """Images, or `all` that the data have for it; the rest is the test split, which `test` opens."""
    fresh: bool = False
    """Whether each epoch trains on `train` images drawn anew; val stays. Needs data that are drawn."""
    split_seed: Seed = 0
    split: Literal["fixed", "per_seed"] = "fixed"
    """Whether all seeds train on the same images, or each draws its own; val is the same for all."""
    epochs: Epochs
    batch: Batch
    optimizer: str = "adamw"
    """A name of timm's optimisers."""
    learning_rate: Annotated[float, Gt(0), Le(1e100)]
    """The most is far beyond use: whoever wants to see a training diverge may."""
    tuned: tuple[tuple[str, Annotated[float, Gt(0), Le(1e100)]], ...] = ()
    """Network keys, each with a learning rate of its own in place of that; a study's `tune` writes them."""
    weight_decay: Annotated[float, Ge(0), Le(1000)] = 0.05
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_epochs: Annotated[float, Ge(0), Le(100_000)] = 0.0
    clip_grad: Annotated[float, Ge(0), Le(10**6)] = 0.0
    """Largest gradient norm; 0 is no limit."""
    label_smoothing: Share = 0.0
    drop_path: Share = 0.0
    augmentation: Augmentation = Augmentation()
    ema: Share = 0.0
    """Decay of the moving average of the weights that is evaluated; 0 evaluates the weights."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    """Autocast of the forward pass."""
    compile: Literal["none", "default", "reduce-overhead"] = "none"
    """A mode of `torch.compile` for the whole model in training; `reduce-overhead` records CUDA graphs."""
    memory_format: Literal["channels_last", "contiguous"] = "channels_last"
    weights: Annotated[str, AfterValidator(_writable)] = ""
    """To start from: a file of weights, a training's folder, `timm:NAME`, an official checkpoint's prefix."""
    pretrain: Annotated[Recipe | None, BeforeValidator(_named_recipe), WithJsonSchema({"type": "string"})] = (
        None
    )
    """A recipe, by name, by which the network is trained first, with the same seed, to start from that."""
    frozen_stages: Annotated[int, Ge(-1), Le(100)] = -1
    """The stem and so many stages keep the weights that they start from; -1 freezes nothing."""
    head_epochs: Annotated[int, Ge(0), Le(100_000)] = 0
    """First epochs in which the head alone learns (Kumar et al. 2022, arXiv 2202.10054)."""
    mixup_off_epoch: Annotated[int, Ge(0), Le(100_000)] = 0
    """Epochs after which images are no longer mixed, by mixup or CutMix; 0 mixes to the end."""
    layer_decay: Annotated[float, Gt(0), Le(1)] = 1.0
    """Share of the learning rate that a layer has of the next one's, from the head backwards."""
    batch_norm_momentum: Annotated[float, Gt(0), Le(1)] = 0.1
    """Share of each step in the moving statistics (torch's sense)."""
    curve_points: Epochs = 10
    """How many validations there are, evenly over the epochs; one follows the last epoch."""
    test: bool = False
    """Whether the test split is opened, after the last epoch: by `moat-lab pick --confirm`, and no file."""

    @model_validator(mode="after")
    def _steps(self) -> Recipe:
        if self.train != "all" and self.batch > self.train:
            raise ValueError(f"batch is at most train ({self.train})")
        self._check_augmentation()
        if self.head is not None and self.head.task != self.task:
            raise ValueError(
                f"a head for {self.task} is needed; {kind_of(self.head)} is for {self.head.task}"
            )
        if self.augmentation.mixes and self.batch % 2:
            raise ValueError("batch is even with mixup or cutmix, which mix pairs of images")
        for name in ("warmup_epochs", "head_epochs", "mixup_off_epoch"):
            if getattr(self, name) > self.epochs:
                raise ValueError(f"{name} is at most epochs ({self.epochs})")
        if self.weights and self.pretrain:
            raise ValueError("a training starts from weights or from pretrain, not from both")
        return self

    def _check_augmentation(self) -> None:
        """Only what moves an image as a whole can move a map or a box with it."""
        if TASKS[self.task].labels == "classes":
            return
        for name in ("mixup", "cutmix", "randaugment", "erase"):
            if getattr(self.augmentation, name):
                raise ValueError(
                    f"augmentation of {self.task} is flip, shift, crop or scale, which move labels with the "
                    f"image; leave {name} out"
                )

    def for_network(self, key: str) -> Recipe:
        """The recipe with the network's own learning rate, where one was tuned."""
        return self.model_copy(update={"learning_rate": dict(self.tuned).get(key, self.learning_rate)})

    @property
    def start(self) -> str:
        """The weights that a training starts from, in words; empty where they are fresh."""
        if self.pretrain:
            return f"a training on {self.pretrain.data} (recipe {self.pretrain.key})"
        return self.weights

    @property
    def source(self) -> Dataset:
        """Its data, resized as it says; raises UserError where they are not there, or know one way alone."""
        return resized(dataset(self.data), self.resize)

    @property
    def freezes(self) -> bool:
        """Whether some layers keep their weights, in some epochs."""
        return self.frozen_stages >= 0 or self.head_epochs > 0

    def augmentation_of(self, epoch: int) -> Augmentation:
        """What is done to the images of an epoch, from 1."""
        if not self.mixup_off_epoch or epoch <= self.mixup_off_epoch:
            return self.augmentation
        return self.augmentation.model_copy(update={"mixup": 0.0, "cutmix": 0.0})

    @property
    def steps_per_epoch(self) -> int:
        """Full batches; the images left over change with each epoch's order. Needs a number in `train`."""
        assert self.train != "all", "resolved(recipe) makes it a number"
        return self.train // self.batch

    @property
    def inputs(self) -> InputSpec:
        """What a network is given of the recipe's images, and the outputs that its task needs.

        Raises:
            UserError: the data are not there.
        """
        source = labelled_for(self.task, self.data)
        outputs = TASKS[self.task].outputs(source)
        return input_spec(
            self.resolution, in_chans=source.in_chans, classes=outputs, head=self.head or self.own_head
        )

    @property
    def own_head(self) -> Head | None:
        """That of the task, where the recipe names none."""
        return TASKS[self.task].head

    @property
    def key(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical content."""
        return key_of_recipe(self.content())

    def content(self) -> dict[str, Any]:
        """Every choice as plain values: defaults too, but for those of fields that 0.1 did not have."""
        return self.model_dump(mode="json")


def load_recipe(name_or_path: Path | str, *, beside: Path | None = None) -> Recipe:
    """A recipe by its name, or from its YAML file.

    Raises:
        UserError: as `find_file` and `checked_yaml.load`; or the recipe opens the test split, or is to be
            pretrained by itself.
    """
    return _loaded(name_or_path, beside=beside, within=())


def _loaded(name_or_path: Path | str, *, beside: Path | None, within: tuple[Path, ...]) -> Recipe:
    """`within` are the files of the recipes that this one is the pretraining of."""
    file = find_file(RECIPE, name_or_path, beside=beside)
    if file in within:
        raise UserError(f"another recipe is needed; {name_or_path} would pretrain for itself")
    recipe = load(file, Recipe, context={"beside": beside, "within": (*within, file)})
    if recipe.test:
        raise UserError(
            f"{file}: a recipe that leaves the test split closed is needed; got test: true\n"
            "  `moat-lab pick FOLDER --confirm 5` opens it, once, for what was chosen without it"
        )
    return recipe


def labelled_for(task: str, data: str) -> Dataset:
    """The data of a recipe.

    Raises:
        UserError: they are not there, or have other labels than the task learns from.
    """
    source, needed = dataset(data), TASKS[task].labels
    if source.labels != needed:
        tasks = ", ".join(name for name, other in TASKS.items() if other.labels == source.labels) or "none"
        raise UserError(
            f"recipe: data labelled with {needed} are needed for {task}; got {data}, labelled with "
            f"{source.labels}\n  tasks of those: {tasks}"
        )
    return source


def validation_epochs(recipe: Recipe) -> set[int]:
    """The epochs that end with a validation, the last one among them."""
    return {round(i * recipe.epochs / recipe.curve_points) for i in range(1, recipe.curve_points + 1)} - {0}


def check_validation_epoch(recipe: Recipe, epoch: int) -> None:
    """Raises UserError unless this epoch ends with a validation: a training can be paused nowhere else."""
    epochs = validation_epochs(recipe)
    if epoch not in epochs:
        nearest = sorted(sorted(epochs, key=lambda other: abs(other - epoch))[:2])
        raise UserError(
            f"last_epoch: an epoch that ends with a validation is needed; got {epoch}\n"
            f"  nearest: {', '.join(map(str, nearest))}; the recipe's curve_points says how many there are"
        )
