"""From PyTorch: live modules, and the tensors of state dicts."""
