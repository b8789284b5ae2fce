"""What only a GPU shows of the CUDA paths, a line for each finding: PASS, FAIL or INFO.

    python benchmarks/gpu_check.py [--device cuda] [--quick] [section ...]

A section ends after its own seconds, and does not stop the next ones; one that may break the CUDA context
runs in a process of its own. `--quick` does each thing a few times, so that it runs on a CPU too. The exit
code is 1 where something failed.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import timm
import torch
import torch.nn.functional as F

from moat_lab.device import LostContextError
from moat_lab.grammar import to_network
from moat_lab.numerics import deterministic
from moat_lab.records import Evaluation, ResultsFolder
from moat_lab.train import Augmentation, Recipe, evaluate, evaluate_together
from moat_lab.train.batches import Images
from moat_lab.train.epochs import DeviceEpoch, eager_epoch, epoch_runner
from moat_lab.train.images import load_images
from moat_lab.train.processes import Processes
from moat_lab.train.resident import Resident
from moat_lab.train.run import Run, derived
from moat_lab.train.stacked import Stack, stacked_clip, stacked_loss
from moat_lab.train.trainer import Trainer, fresh_model
from moat_lab.train.training_loop import begin

BLOCKS = ("mbconv+attn", "attn+mbconv", "attn+mlp", "mbconv", "mbconv+mbconv")
TEXT = "stem(16, stride=1) | 1x mbconv @16(stride=1) | 2x {0} @32 | 2x {0} @64 for 16px"
HYBRID = TEXT.format("mbconv+attn")
RECIPE = Recipe(
    data="digits",
    resolution=16,
    train=100,
    val=1000,
    epochs=60,
    batch=50,
    learning_rate=2e-3,
    warmup_epochs=4,
    label_smoothing=0.1,
    augmentation=Augmentation(shift=1),
)
CHOICES: dict[str, dict[str, object]] = {
    "bfloat16": {"precision": "bfloat16"},
    "float16": {"precision": "float16"},
    "float16, clipped": {"precision": "float16", "clip_grad": 1.0},
    "clipped": {"clip_grad": 1.0},
    "moving average": {"ema": 0.99},
    "drop path": {"drop_path": 0.2},
    "lion": {"optimizer": "lion"},
    "crop, flip, erase": {"augmentation": Augmentation(crop=0.5, flip=True, erase=0.3)},
    "mixup": {"augmentation": Augmentation(mixup=0.8)},
    "randaugment": {"augmentation": Augmentation(randaugment=9)},
}
FEW: dict[str, object] = {"train": 40, "batch": 20, "val": 40}
"""Images of a quick training."""
STARTED = time.monotonic()


class Checks:
    """The sections, on one device; a section says what it finds."""

    def __init__(self, device: str, *, quick: bool) -> None:
        self.device, self.quick, self.failures = device, quick, 0
        self.gpu = device.startswith("cuda")

    # What is found

    def say(self, verdict: str, name: str, text: object = "") -> None:
        self.failures += verdict == "FAIL"
        print(f"{time.monotonic() - STARTED:6.1f}s {verdict:4} {name}: {text}", flush=True)

    def check(self, name: str, good: bool, text: object = "") -> None:
        self.say("PASS" if good else "FAIL", name, text)

    # Sections

    def environment(self) -> None:
        """Versions and the card."""
        self.say(
            "INFO",
            "versions",
            f"torch {torch.__version__}, timm {timm.__version__}, {sys.version.split()[0]}",
        )
        if self.gpu:
            cudnn = torch.backends.cudnn.version()
            self.say("INFO", "device", f"{torch.cuda.get_device_name(self.device)}, cuDNN {cudnn}")

    def evaluations(self) -> None:
        """Every network and choice of a recipe trains; a graph gives the losses of plain steps."""
        for block in BLOCKS:
            done = evaluate(TEXT.format(block), self.brief(), 0, device=self.device)
            self.check(f"evaluate {block}", done.status == "ok", told(done))
        for name, changes in CHOICES.items():
            done = evaluate(HYBRID, self.brief(**changes), 0, device=self.device)
            self.check(f"evaluate with {name}", done.status == "ok", told(done))

    def losses(self) -> None:
        """Of the first steps: plain, from a graph, again, and on a CPU."""
        plain = self.first_losses(RECIPE, graph=False)
        again = self.first_losses(RECIPE, graph=False)
        self.check("plain steps repeat to the bit", torch.equal(plain, again), plain[:3].tolist())
        for name in ("", "clipped", "moving average", "drop path", "bfloat16", "crop, flip, erase"):
            recipe = changed(**CHOICES.get(name, {}))
            off = furthest(self.first_losses(recipe, graph=True), self.first_losses(recipe, graph=False))
            self.check(f"a graph gives the losses of plain steps {name}", off < 1e-4, f"{off:.1e}")
        graphs = [self.first_losses(RECIPE, graph=True) for _ in range(2)]
        self.check("a graph's steps repeat to the bit", torch.equal(*graphs))
        if self.gpu:
            cpu = Checks("cpu", quick=True).first_losses(RECIPE, graph=False)
            off = furthest(plain[:2], cpu[:2])
            self.check("the first losses are those of a CPU", off < 1e-5, f"{off:.1e}")

    def waits(self) -> None:
        """No step waits for the device."""
        if not self.gpu:
            return
        for name in (
            "",
            "clipped",
            "moving average",
            "bfloat16",
            "float16",
            "drop path",
            "crop, flip, erase",
            "mixup",
        ):
            with (
                deterministic(self.device, strict=True),
                self.trained(changed(**CHOICES.get(name, {}))) as (t, images),
            ):
                batches = partial(images.batches, RECIPE.batch, t.recipe.augmentation, torch.Generator())
                for x, y in batches():
                    t.step(x, y)
                ready = batches()
                x, y = next(ready)  # its order goes to the device, which waits
                self.wait()
                torch.cuda.set_sync_debug_mode("error")
                try:
                    t.step(x, y)
                    t.step(*next(ready))
                    self.check(f"no wait in a step {name}", True)
                except RuntimeError as error:
                    self.check(f"no wait in a step {name}", False, last_line(error))
                finally:
                    torch.cuda.set_sync_debug_mode("default")

    def determinism(self) -> None:
        """Attention's gradients repeat, and a whole training does."""
        for tokens, dtype in ((64, torch.float32), (256, torch.float32), (256, torch.bfloat16)):
            found = [self.attention_gradients(tokens, dtype) for _ in range(2 if self.quick else 6)]
            same = all(torch.equal(a, b) for one in found for a, b in zip(one, found[0], strict=True))
            self.check(f"gradients of attention over {tokens} tokens in {dtype} repeat", same)
        one, other = (evaluate(HYBRID, self.brief(), 0, device=self.device) for _ in range(2))
        self.check("a training repeats to the bit", one.curve == other.curve, told(one))
        self.check("nothing refused", "nondeterministic" not in one.environment, one.environment)

    def together(self) -> None:
        """Seeds together train as each alone, with attention and without."""
        for block in ("mbconv+attn",) if self.quick else ("mbconv+attn", "mbconv", "attn+mlp"):
            text, recipe, seeds = TEXT.format(block), self.brief(), (0, 1, 2, 3)
            many = evaluate_together(text, recipe, seeds, device=self.device)
            alone = [evaluate(text, recipe, seed, device=self.device) for seed in seeds]
            reason = many[0].environment.get("one_by_one")
            losses = [torch.tensor([p.train_loss for e in of for p in e.curve[:1]]) for of in (many, alone)]
            off = furthest(*losses) if len(losses[0]) == len(losses[1]) else float("inf")
            good = reason is None and off < 5e-3
            self.check(f"four seeds together, {block}", good, reason or f"{off:.1e}, {told(many[0])}")

    def steps(self) -> None:
        """How long a step takes, plain and from a graph, of one network and of many seeds."""
        with deterministic(self.device, strict=True):
            self.step_ms(RECIPE, (0,), "")
            self.step_ms(changed(precision="bfloat16"), (0,), "bfloat16")
            self.step_ms(changed(batch=100), (0,), "batch 100")
            for count in (2,) if self.quick else (5, 16, 32):
                self.step_ms(RECIPE, tuple(range(count)), f"{count} seeds")
        if self.gpu:
            start = time.perf_counter()
            fresh_model(to_network(HYBRID), RECIPE, 0, self.device)
            self.wait()
            self.say("INFO", "a new network", f"{1e3 * (time.perf_counter() - start):.0f} ms")

    def memory(self) -> None:
        """Lack of memory gives advice, and leaves the next training well."""
        if not self.gpu:
            return
        torch.cuda.set_per_process_memory_fraction(0.03)
        large = changed(
            train=1024, val=100, batch=1024, epochs=1, warmup_epochs=0, curve_points=1, resolution=128
        )
        done = evaluate(HYBRID, large, 0, device=self.device)
        self.check(
            "lack of memory gives advice",
            done.status == "failed" and "`batch: " in str(done.error),
            told(done),
        )
        done = evaluate(HYBRID, self.brief(), 0, device=self.device)
        self.check("the next training is well", done.status == "ok", told(done))

    def broken(self) -> None:
        """After a broken context no training is recorded as failed."""
        if not self.gpu:
            return
        try:
            torch.zeros(4, device=self.device)[torch.tensor([9], device=self.device)].cpu()
        except RuntimeError as error:
            self.say("INFO", "planted", last_line(error))
        try:
            done = evaluate(HYBRID, self.brief(), 0, device=self.device)
            self.check("a broken context is no failed training", False, told(done))
        except LostContextError as error:
            self.check("a broken context is no failed training", True, last_line(error))

    def study(self) -> None:
        """Whole trainings, by processes on the card, and seeds together; 9 networks x 5 seeds."""
        if not self.gpu:
            return
        for options in (("--per-device", "1"), ("--per-device", "4"), ("--per-device", "4", "--together")):
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", "moat_lab.study", "ablate_order_digits", "--results", folder]
                start = time.monotonic()
                done = subprocess.run(
                    [*command, "--device", self.device, *options], capture_output=True, text=True, check=False
                )
                seconds = time.monotonic() - start
                results = ResultsFolder(Path(folder) / "ablate_order_digits")
                ok = [e for e in results.read().evaluations if e.status == "ok"]
                inside = sum(e.train_s for e in ok)
                text = f"{len(ok)} trainings in {seconds:.1f} s; steps took {inside:.1f} s "
                self.check(
                    f"study {' '.join(options)}",
                    done.returncode == 0 and len(ok) >= 45,
                    text + done.stderr[-300:],
                )

    def compiled(self) -> None:
        """torch.compile trains, with CUDA graphs of its own too."""
        if not self.gpu:
            return
        for mode in ("default", "reduce-overhead"):
            start = time.monotonic()
            done = evaluate(HYBRID, self.brief(compile=mode), 0, device=self.device)
            self.check(
                f"compile: {mode}", done.status == "ok", f"{told(done)}, {time.monotonic() - start:.0f} s"
            )

    # What they share

    def brief(self, **changes: object) -> Recipe:
        short: dict[str, object] = {"epochs": 2 if self.quick else 6, "warmup_epochs": 1, "curve_points": 2}
        return changed(**{**short, **(FEW if self.quick else {}), **changes})

    def wait(self) -> None:
        if self.gpu:
            torch.cuda.synchronize(self.device)

    @contextmanager
    def trained(self, recipe: Recipe) -> Iterator[tuple[Trainer, Images]]:
        trainer, _ = begun(recipe, self.device)
        trainer.model.train()
        yield trainer, load_images(recipe, self.device)[0]

    def first_losses(self, recipe: Recipe, *, graph: bool) -> torch.Tensor:
        """Of the first three epochs (6,), on the CPU."""
        with deterministic(self.device, strict=True):
            images, _ = load_images(recipe, self.device)
            trainer, order = begun(recipe, self.device)
            plain = partial(eager, trainer, images, [order])
            assert isinstance(images, Resident)
            epoch = DeviceEpoch(trainer, images, [order]) if graph else plain
            return torch.cat([epoch() for _ in range(3)]).cpu()

    def attention_gradients(self, tokens: int, dtype: torch.dtype) -> list[torch.Tensor]:
        with deterministic(self.device, strict=True):
            torch.manual_seed(0)
            made = partial(torch.randn, device=self.device, dtype=dtype, requires_grad=True)
            q, k, v = (made(4, 2, tokens, 32) for _ in range(3))
            bias = made(2, tokens, tokens)
            total = F.scaled_dot_product_attention(q, k, v, attn_mask=bias).sin().sum()
            return list(torch.autograd.grad(total, (q, k, v, bias)))

    def step_ms(self, recipe: Recipe, seeds: tuple[int, ...], name: str) -> None:
        """Milliseconds of a step with images, of a seed; plain and from a graph."""
        images, _ = load_images(recipe, self.device)
        orders = [torch.Generator().manual_seed(derived(seed, "order")) for seed in seeds]
        models = [fresh_model(to_network(HYBRID), recipe, seed, self.device) for seed in seeds]
        if len(seeds) == 1:
            trainer = Trainer(models[0], recipe)
        else:
            trainer = Trainer(Stack(models), recipe, loss=stacked_loss, clip=stacked_clip)
        plain = partial(eager, trainer, images, orders)
        steps = recipe.steps_per_epoch * len(seeds)
        found = {"plain": self.ms(plain, 1 if self.quick else 10) / steps}
        if self.gpu:
            found["graph"] = self.ms(whole(epoch_runner(trainer, images, orders)), 40) / steps
            self.profile(trainer, name)
        text = ", ".join(f"{kind} {ms:.3f}" for kind, ms in found.items())
        self.say("INFO", f"ms a step of a seed {name}", text)

    def profile(self, trainer: Trainer, name: str) -> None:
        """Kernels of a replayed step, and the milliseconds that they take."""
        from torch.profiler import ProfilerActivity, profile

        images, _ = load_images(trainer.recipe, self.device)
        count = 1
        if isinstance(trainer.model, Stack):
            count = len(next(iter(trainer.model.parameters())))
        epoch = whole(epoch_runner(trainer, images, [torch.Generator() for _ in range(count)]))
        for _ in range(3):
            epoch()
        self.wait()
        with profile(activities=[ProfilerActivity.CUDA]) as seen:
            epoch()
            self.wait()
        events = [e for e in seen.events() if e.device_type == torch._C._autograd.DeviceType.CUDA]
        steps, busy = trainer.recipe.steps_per_epoch, sum(e.time_range.elapsed_us() for e in events)
        self.say(
            "INFO", f"kernels {name}", f"{len(events) / steps:.0f} a step, {busy / steps / 1e3:.2f} ms busy"
        )
        totals: dict[str, float] = {}
        for event in events:
            totals[event.name] = totals.get(event.name, 0) + event.time_range.elapsed_us() / steps
        for kernel, us in sorted(totals.items(), key=lambda item: -item[1])[:5]:
            print(f"          {us:6.0f} us {kernel[:90]}", flush=True)

    def ms(self, work: Callable[[], object], times: int) -> float:
        for _ in range(1 if self.quick else 3):
            work()
        self.wait()
        start = time.perf_counter()
        for _ in range(times):
            work()
        self.wait()
        return 1e3 * (time.perf_counter() - start) / times


def begun(recipe: Recipe, device: str) -> tuple[Trainer, torch.Generator]:
    course = begin([Run(network=to_network(HYBRID), recipe=recipe, seed=0)], Processes(device=device))
    return course.trainer, course.orders[0]


def eager(trainer: Trainer, images: Images, orders: list[torch.Generator]) -> torch.Tensor:
    """One epoch of plain steps: its losses."""
    return torch.stack(list(eager_epoch(trainer, images, orders)))


def whole(epoch: Callable[[int], Iterator[torch.Tensor]]) -> Callable[[], object]:
    """One epoch at each call."""
    return lambda: list(epoch(0))


def changed(**changes: object) -> Recipe:
    return RECIPE.model_copy(update=changes)


def furthest(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest relative difference."""
    return float(((found - expected) / expected).abs().max())


def told(done: Evaluation) -> str:
    """An evaluation in a line."""
    if done.status != "ok":
        return last_line(RuntimeError(done.error or ""))
    peak = (done.peak_memory_bytes or 0) >> 20
    graph = {None: "", True: ", one graph", False: ", plain steps"}[done.environment.get("cuda_graph")]
    return f"top-1 {done.score:.3f}, {done.images_per_s:.0f} images/s, peak {peak} MiB{graph}"


def last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")


SECONDS = {
    "environment": 20,
    "evaluations": 90,
    "losses": 60,
    "waits": 30,
    "determinism": 30,
    "together": 60,
    "steps": 90,
    "memory": 40,
    "broken": 40,
    "study": 150,
    "compiled": 180,
}
APART = ("together", "memory", "broken", "compiled")
"""Sections whose fault may be the end of their process's GPU."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="each thing a few times, as on a CPU")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("section", nargs="*", choices=[*SECONDS, []], default=[])
    given = parser.parse_args()
    torch.set_num_threads(4 if given.device.startswith("cuda") else 1)
    warnings.filterwarnings("ignore", category=UserWarning)
    checks = Checks(given.device, quick=given.quick)
    for name in given.section or SECONDS:
        if checks.gpu and name in APART and not given.inside:
            again = [sys.executable, __file__, "--device", given.device, "--inside", name]
            checks.failures += subprocess.run(again, check=False).returncode != 0
        else:
            run(checks, name)
    return 1 if checks.failures else 0


def run(checks: Checks, name: str) -> None:
    """A section, ended after its seconds."""

    def over(*_: object) -> None:
        raise TimeoutError(f"{name} took more than {SECONDS[name]} s")

    signal.signal(signal.SIGALRM, over)
    signal.alarm(SECONDS[name])
    try:
        getattr(checks, name)()
    except Exception as error:  # a section says what stopped it, and the next one begins
        traceback.print_exc()
        checks.say("FAIL", name, f"{type(error).__name__}: {last_line(error)}")
    finally:
        signal.alarm(0)


if __name__ == "__main__":
    sys.exit(main())
