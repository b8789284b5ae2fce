"""Recipes of a task that train in a second: the lines that tests share, to which each adds how long."""

SEGMENTED = """
data: scenes:segment
task: segmentation
head: {kind: unet, channels: 16}
resolution: 16
train: 32
val: 16
batch: 16
learning_rate: 0.01
"""
DETECTED = """
data: scenes:detect
task: detection
head: {kind: fcos, channels: 64, layers: 1, finest: 4, coarser: false}
resolution: 48
train: 16
batch: 8
learning_rate: 0.01
"""
