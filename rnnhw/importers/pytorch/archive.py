"""What stands in a .pt2 file of torch.export.save: a graph in JSON, and tensors as their bytes.

The file is read here and not by torch.export.load, which unpickles and evaluates parts of it: nothing in the file
is run as code. The sample inputs, which are pickled, are not read.
"""

import json
import zipfile

import torch

from rnnhw.errors import RnnhwError

#: PyTorch's numbers of the types of elements.
DTYPES = {
    1: torch.uint8, 2: torch.int8, 3: torch.int16, 4: torch.int32, 5: torch.int64, 6: torch.float16, 7: torch.float32,
    8: torch.float64, 12: torch.bool, 13: torch.bfloat16,
}  # fmt: skip
#: Largest version of the graph's form that is read (its first number; later ones are other forms).
VERSION = 8


def read_archive(path):
    """The graph and the tensors of a .pt2 file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    document : dict
        The exported program.
    tensors : dict of str to torch.Tensor
        Parameters, buffers and constants by their names.

    Raises
    ------
    RnnhwError
        Another kind of file, a damaged one, or one that holds pickled objects.
    """
    try:
        with zipfile.ZipFile(path) as file:
            members = {name.partition("/")[2]: name for name in file.namelist()}
            model = _only_model(file, members)
            document = json.loads(file.read(members[f"models/{model}.json"]))
            version = document["schema_version"]["major"]
            if version != VERSION:
                raise RnnhwError(f"the form of its graph must be version {VERSION}, not {version}")
            tensors = _tensors(file, members, "data/weights/", f"{model}_weights_config.json")
            tensors |= _tensors(file, members, "data/constants/", f"{model}_constants_config.json")
            return document, tensors
    except RnnhwError:
        raise
    except zipfile.BadZipFile as error:
        raise RnnhwError("not a readable pt2 file: it is no zip archive, or a damaged one") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError, EOFError) as error:
        raise RnnhwError(f"not a readable pt2 file: {type(error).__name__}: {_line(error)}") from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise RnnhwError(f"not a readable pt2 file: {_line(error)}") from error
        raise


def _line(error):
    return (str(error).strip() or "damaged").splitlines()[0]


def _only_model(file, members):
    """Name of the one exported program in the archive."""
    if "serialized_exported_program.json" in file.namelist():
        raise RnnhwError("it was written by an older PyTorch: save it again with PyTorch 2.8 or newer")
    models = [name[len("models/") : -len(".json")] for name in members if name.startswith("models/")]
    if any(name.startswith("data/aotinductor/") for name in members) and not models:
        raise RnnhwError("holds compiled code (AOTInductor), not an exported program: use torch.export.save")
    if len(models) != 1:
        raise RnnhwError(f"must hold one exported program (torch.export.save), not {len(models)}")
    if "byteorder" in members and file.read(members["byteorder"]).strip() != b"little":
        raise RnnhwError("must hold little-endian numbers")
    return models[0]


def _tensors(file, members, folder, config):
    """The tensors that a folder of the archive holds, from their bytes."""
    if folder + config not in members:
        raise RnnhwError(f"not a readable pt2 file: {folder}{config} is missing")
    found = {}
    for name, entry in json.loads(file.read(members[folder + config]))["config"].items():
        meta = entry["tensor_meta"]
        if entry["use_pickle"] or meta is None:
            raise RnnhwError(f"{name!r} is a pickled object, which would have to be run as code; only tensors are read")
        if meta["dtype"] not in DTYPES:
            raise RnnhwError(f"tensor {name!r} has a type of elements that is not supported (number {meta['dtype']})")
        data = bytearray(file.read(members[folder + entry["path_name"]]))
        size, stride = ([part["as_int"] for part in meta[key]] for key in ("sizes", "strides"))
        flat = torch.frombuffer(data, dtype=DTYPES[meta["dtype"]]) if data else torch.empty(0)
        tensor = torch.as_strided(flat, size, stride, meta["storage_offset"]["as_int"])
        found[name] = torch.nn.Parameter(tensor, requires_grad=False) if entry["is_param"] else tensor
    return found
