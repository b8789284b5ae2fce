"""A box and a class for each thing: the detector's own losses, scored by COCO's average precision."""

from moat_lab.heads import HEADS
from moat_lab.tasks._detecting import detecting_task

TASK = detecting_task({"box_ap": "bbox"}, head=HEADS["fcos"]())
