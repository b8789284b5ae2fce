"""A box, a class and a mask for each thing: the detector's own losses, scored by COCO's average precision."""

from moat_lab.heads import HEADS
from moat_lab.tasks._detecting import detecting_task

TASK = detecting_task({"box_ap": "bbox", "mask_ap": "segm"}, head=HEADS["mask_rcnn"]())
