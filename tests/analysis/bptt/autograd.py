"""The same networks written down in torch, step by step, for autograd to differentiate."""

import numpy as np
import torch
from torch.nn import functional


def sigmoid(net, z):
    """The network's sigmoid, its clip included."""
    z = z if net.clip is None else torch.clamp(z, -net.clip, net.clip)
    if net.sigmoid == "logistic":
        return torch.sigmoid(z)
    return torch.clamp((z / 6 if net.sigmoid == "hard" else z / 5) + 0.5, 0, 1)


def tanh(net, z):
    """The network's tanh, its clip included."""
    z = z if net.clip is None else torch.clamp(z, -net.clip, net.clip)
    return functional.hardtanh(z) if net.tanh == "hard" else torch.tanh(z)


def step(net, cell, arrays, x, state):
    """The state after a step; the last axis of `state` is h, or h and c."""
    w, u, b = arrays["weight_ih"], arrays["weight_hh"], arrays["bias"]
    if cell.kind == "rnn":
        z = x @ w.T + state @ u.T + b
        return torch.relu(z) if cell.activation == "relu" else tanh(net, z)
    if cell.kind == "lstm":
        h, c = state.chunk(2, dim=-1)
        i, f, g, o = (x @ w.T + h @ u.T + b).chunk(4, dim=-1)
        c = sigmoid(net, f) * c + sigmoid(net, i) * tanh(net, g)
        return torch.cat([sigmoid(net, o) * tanh(net, c), c], dim=-1)
    (w_r, w_z, w_n), (u_r, u_z, u_n), (b_r, b_z, b_n) = (each.chunk(3, dim=0) for each in (w, u, b))
    r, z = sigmoid(net, x @ w_r.T + state @ u_r.T + b_r), sigmoid(net, x @ w_z.T + state @ u_z.T + b_z)
    if cell.reset_after:
        n = tanh(net, x @ w_n.T + b_n + r * (state @ u_n.T + arrays["bias_hn"]))
    else:
        n = tanh(net, x @ w_n.T + b_n + (r * state) @ u_n.T)
    return (1 - z) * n + z * state


def parameters(net) -> dict:
    """Tensors that want gradients, by the names of layer and array."""
    parts = [*net.cells, *net.denses]
    return {
        f"{part.name}.{key}": torch.tensor(getattr(part, key), requires_grad=True)
        for part in parts
        for key in part.tensors
        if key != "bias_hn" or part.reset_after
    }


def _own(named, part):
    return {key.partition(".")[2]: value for key, value in named.items() if key.startswith(f"{part.name}.")}


def answers(net, named, x, length, truncation=None):
    """Of one sequence, x of shape (steps, inputs): what the last layer gives."""
    x = x[:length]
    for layer in net.recurrents:
        outputs, finals = [], []
        for cell, backward in zip(layer.cells, layer.backwards, strict=True):
            state, found = torch.tensor(cell.initial), [None] * length
            for number, t in enumerate(reversed(range(length)) if backward else range(length)):
                if truncation is not None and number and (length - number) % truncation == 0:
                    state = state.detach()
                state = step(net, cell, _own(named, cell), x[t], state)
                found[t] = state[: cell.hidden_size]
            outputs.append(torch.stack(found))
            finals.append(state[: cell.hidden_size])
        x = torch.cat(outputs, dim=1)
    if net.mode == "many-to-one":
        x = torch.cat(finals) if net.reading == "final" else x[-1]
    for dense in net.denses:
        own = _own(named, dense)
        x = x @ own["weight"].T + own["bias"]
        x = torch.relu(x) if dense.activation == "relu" else x
    return x


def gradients(net, x, lengths, y, truncation=None) -> tuple[float, dict[str, np.ndarray]]:
    """Loss and gradients by autograd."""
    named = parameters(net)
    found = [answers(net, named, torch.tensor(one), n, truncation) for one, n in zip(x, lengths.tolist(), strict=True)]
    if net.mode == "many-to-one":
        found, wanted = torch.stack(found), torch.tensor(y)
    else:
        found = torch.cat(found)
        wanted = torch.cat([torch.tensor(one[:n]) for one, n in zip(y, lengths.tolist(), strict=True)])
    loss = functional.cross_entropy(found, wanted) if y.dtype.kind == "i" else functional.mse_loss(found, wanted)
    loss.backward()
    return loss.item(), {key: value.grad.numpy() for key, value in named.items()}


def jacobian(net, cell, xs, state) -> np.ndarray:
    """d(state after the inputs xs in turn) / d(state before), by autograd; xs of shape (steps, inputs)."""
    arrays = {key: torch.tensor(getattr(cell, key)) for key in cell.tensors}

    def run(state):
        for x in xs:
            state = step(net, cell, arrays, torch.tensor(x), state)
        return state

    return torch.autograd.functional.jacobian(run, torch.tensor(state)).numpy()
