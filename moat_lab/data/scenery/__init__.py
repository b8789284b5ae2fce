"""Images that are drawn when asked for: cut-outs on textured grounds, so that a question has an answer.

Every number is a whole one, drawn from the image's own position: the same bytes on every machine.
"""
