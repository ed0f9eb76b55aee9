"""Checkpoints written by the Rust example `exchange` are read here, and the other way round.

    exchange.py read FOLDER    compares every file with the bits that are written down beside it
    exchange.py write FOLDER   saves files, and their bits beside them
    exchange.py onnx FOLDER    checks every ONNX file and what it gives for the rows beside it

Needs the packages `safetensors` (0.8) and `numpy`; for ONNX `onnx` and `onnxruntime`.
"""

import json
import sys
from pathlib import Path

import numpy
from safetensors import TensorSpec, safe_open, serialize
from safetensors.numpy import load_file, save_file

UNSIGNED = {"F64": numpy.uint64, "F32": numpy.uint32, "F16": numpy.uint16, "BF16": numpy.uint16}


def read(folder):
    files = sorted(folder.glob("*.safetensors"))
    for file in files:
        expected = json.loads(file.with_suffix(".json").read_text("utf-8"))
        tensors = load_file(file)
        assert set(tensors) == set(expected), f"{file}: {sorted(tensors)}"
        for name, tensor in tensors.items():
            want = expected[name]
            assert list(tensor.shape) == want["shape"], f"{file}: {name}: {tensor.shape}"
            assert tensor.dtype.itemsize * 8 == int(want["dtype"][1:]), f"{file}: {name}"
            bits = numpy.ascontiguousarray(tensor).view(UNSIGNED[want["dtype"]])
            assert bits.ravel().tolist() == want["bits"], f"{file}: {name} has other bits"
        with safe_open(file, "numpy") as opened:
            notes = json.loads(opened.metadata()["nn"])
        assert list(notes) == sorted(notes) and notes["kind"] in ("model", "training"), notes
    return len(files)


def numbers(dtype):
    """Awkward numbers of a type, NaN with a payload among them."""
    least = numpy.finfo(dtype)
    values = [numpy.inf, -numpy.inf, -0.0, least.smallest_subnormal, least.max, 0.1, -2.5]
    tensor = numpy.array(values, dtype).reshape(7, 1)
    nan = {"e": 0x7D01, "f": 0x7FA01234, "d": 0x7FF40000DEADBEEF}[numpy.dtype(dtype).char]
    payload = numpy.frombuffer(nan.to_bytes(numpy.dtype(dtype).itemsize, "little"), dtype)
    return {
        "awkward": tensor,
        "nan": payload,
        "scalar": numpy.array(1 / 3, dtype),
        "empty": numpy.zeros((0, 3), dtype),
        "matrix.weight": (numpy.arange(12) / 7).astype(dtype).reshape(3, 4),
        "transposed": numpy.ascontiguousarray((numpy.arange(6) / 3).astype(dtype).reshape(2, 3).T),
        "名前": numpy.arange(2).astype(dtype),
    }


def described(dtype, shape, bits):
    return {"dtype": dtype, "shape": list(shape), "bits": [int(x) for x in bits]}


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    types = {"F64": numpy.float64, "F32": numpy.float32, "F16": numpy.float16}
    for name, dtype in types.items():
        tensors = numbers(dtype)
        file = folder / f"{name}.safetensors"
        save_file(tensors, file, metadata={"format": "np"})
        bits = {
            key: described(name, tensor.shape, tensor.view(UNSIGNED[name]).ravel())
            for key, tensor in tensors.items()
        }
        file.with_suffix(".json").write_text(json.dumps(bits), "utf-8")

    # NumPy has no bf16: its bits are the upper halves of those of f32. And all types in one file.
    halves = numpy.array([0x3FC0, 0xBFC0, 0x7F80, 0xFF80, 0x8000, 0x0001, 0x7F7F], numpy.uint16)
    third, nothing = numpy.array(1 / 3), numpy.zeros((0, 2), numpy.float16)
    arrays = {"bf16": ("bfloat16", halves), "f64": ("float64", third), "f16": ("float16", nothing)}
    mixed = {
        name: TensorSpec(
            dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes
        )
        for name, (dtype, array) in arrays.items()
    }
    file = folder / "mixed.safetensors"
    file.write_bytes(serialize(mixed, {"made by": "safetensors"}))
    bits = {
        "bf16": described("BF16", [7], halves),
        "f64": described("F64", [], third.view(numpy.uint64).ravel()),
        "f16": described("F16", [0, 2], []),
    }
    file.with_suffix(".json").write_text(json.dumps(bits), "utf-8")
    return 4


def onnx(folder):
    import onnx
    import onnxruntime

    files = sorted(folder.glob("*.onnx"))
    assert files, f"no file in {folder}"
    for file in files:
        model = onnx.load(file)
        onnx.checker.check_model(model, full_check=True)
        expected = json.loads(file.with_suffix(".json").read_text("utf-8"))
        session = onnxruntime.InferenceSession(file)
        kind = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64}
        rows = numpy.array(expected["rows"], kind[session.get_inputs()[0].type])
        names = [name for name, _ in expected["outputs"]]
        assert [output.name for output in session.get_outputs()] == names, f"{file}: {names}"
        for count in [len(rows), 1]:
            found = session.run(names, {"rows": rows[:count]})
            for (name, want), got in zip(expected["outputs"], found):
                want = numpy.array(want, numpy.float32)[:count]
                # Sums of at most six products, each rounded in another order, through four layers.
                far = numpy.abs(got - want).max() / max(1, numpy.abs(want).max())
                assert got.shape == want.shape and far < 2e-6, f"{file}: {name} is off by {far}"
    return len(files)


if __name__ == "__main__":
    what = {"read": read, "write": write, "onnx": onnx}[sys.argv[1]]
    print(what(Path(sys.argv[2])), "files")
