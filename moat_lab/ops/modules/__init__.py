"""The few torch modules that ops build and neither torch nor timm has."""
