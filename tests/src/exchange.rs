//! Checkpoints that go to Python and come from it, and the bits that each side writes down.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use autograd::{Float, Tensor};
use nn::checkpoint::{Checkpoint, Notes, Progress, Training};
use nn::{NetworkSpec, OptimizerState, Schedule, Seed, StateDict};
use serde::{Deserialize, Serialize};

/// A tensor as both sides write it down.
#[derive(Serialize, Deserialize)]
struct Expected {
    dtype: String,
    shape: Vec<usize>,
    /// The bits of each number in its own type.
    bits: Vec<u64>,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Values of a type at its limits: NaN with a payload, infinities, the smallest and the largest.
fn awkward<F: Float>(nan: F, smallest: F, largest: F) -> StateDict<F> {
    let mut state = StateDict::new();
    let values =
        vec![nan, F::INFINITY, F::NEG_INFINITY, F::of(-0.0), smallest, largest, F::of(0.1)];
    state.insert("awkward", Tensor::new([7, 1], values));
    state.insert("scalar", Tensor::scalar(F::of(1.0 / 3.0)));
    state.insert("empty", Tensor::new([0, 3], Vec::new()));
    state.insert("matrix.weight", Tensor::from_fn([3, 4], |i| F::of(i as f64 / 7.0)));
    state.insert("\u{540d}\u{524d} with \"quotes\"", Tensor::from_fn([2], |i| F::of(i as f64)));
    state
}

/// Saves checkpoints into a folder and, beside each, the bits of its numbers; returns how many.
///
/// Every number is written down or a short sum, so the bytes are the same on every machine.
///
/// # Errors
/// If the folder cannot be written to.
pub fn write(folder: &Path) -> Outcome<usize> {
    fs::create_dir_all(folder)?;
    let single = awkward(f32::from_bits(0x7FA0_1234), f32::from_bits(1), f32::MAX);
    save(folder, "f32", "F32", &Checkpoint::new(single), |x| u64::from(x.to_bits()))?;
    let nan = f64::from_bits(0x7FF4_0000_DEAD_BEEF);
    let double = awkward(nan, f64::from_bits(1), f64::MAX);
    save(folder, "f64", "F64", &Checkpoint::new(double), f64::to_bits)?;

    let thirds = |scale: f32| Tensor::from_fn([2, 3], |i| scale * (i as f32) / 3.0);
    let model = |values: Tensor| StateDict::from_iter([("fc1.weight".to_owned(), values)]);
    let mut optimizer = OptimizerState::new("adam", 0.1 + 0.2);
    optimizer.tensors.insert("fc1.weight.exp_avg", thirds(-0.5));
    optimizer.tensors.insert("fc1.weight.exp_avg_sq", thirds(1e-30));
    optimizer.steps.insert("fc1.weight".to_owned(), 7);
    let schedule = Schedule::Cosine { rate: 0.3, minimum: 1e-300, steps: 40 }.warmed_up(0.0, 5);
    let progress = Progress { step: 7, schedule, seed: Seed::new(u64::MAX) };
    let training = Some(Training { optimizer, progress });
    let classes =
        BTreeMap::from([("tag".to_owned(), vec!["\u{540d}".to_owned(), "01".to_owned()])]);
    let spec = Some(NetworkSpec::mlp(&[3, 2]));
    let notes = Notes { spec, classes, ..Notes::default() };
    let mut checkpoint = Checkpoint::new(model(thirds(1.0)));
    (checkpoint.notes, checkpoint.training) = (notes, training);
    save(folder, "training", "F32", &checkpoint, |x| u64::from(x.to_bits()))?;
    Ok(3)
}

fn save<F: Float>(
    folder: &Path,
    name: &str,
    dtype: &str,
    checkpoint: &Checkpoint<F>,
    bits: impl Fn(F) -> u64,
) -> Outcome<()> {
    checkpoint.write(folder.join(name).with_extension("safetensors"))?;
    let expected = |tensor: &Tensor<F>| Expected {
        dtype: dtype.to_owned(),
        shape: tensor.shape().to_vec(),
        bits: tensor.as_slice().iter().map(|&x| bits(x)).collect(),
    };
    let mut all: BTreeMap<String, Expected> =
        checkpoint.state.iter().map(|(name, tensor)| (name.to_owned(), expected(tensor))).collect();
    let tensors = checkpoint.training.iter().flat_map(|training| training.optimizer.tensors.iter());
    all.extend(tensors.map(|(name, tensor)| (format!("optimizer/{name}"), expected(tensor))));
    fs::write(folder.join(name).with_extension("json"), serde_json::to_vec(&all)?)?;
    Ok(())
}

/// Reads every checkpoint of a folder and compares it with the bits that are written down beside it;
/// returns how many there were.
///
/// # Errors
/// If a file cannot be read or has other tensors, types or bits, or there is none.
pub fn read(folder: &Path) -> Outcome<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|ending| ending == "safetensors") {
            let text = fs::read(file.with_extension("json"))?;
            let expected: BTreeMap<String, Expected> = serde_json::from_slice(&text)?;
            compare(&file, &expected).map_err(|error| format!("{}: {error}", file.display()))?;
            count += 1;
        }
    }
    if count == 0 { Err("no file to read".into()) } else { Ok(count) }
}

/// Reads a file in both types; where the type is the file's own, bits must be equal, and towards
/// f64 numbers, NaN being no number.
fn compare(file: &Path, expected: &BTreeMap<String, Expected>) -> Outcome<()> {
    let double = tensors::<f64>(Checkpoint::read(file)?);
    let too_large = |e: &Expected| e.dtype == "F64" && e.bits.iter().any(|&x| large(x));
    let fits = !expected.values().any(too_large);
    let single = if fits { Some(tensors::<f32>(Checkpoint::read(file)?)) } else { None };
    if double.len() != expected.len() {
        return Err(format!("{} tensors, not {}", double.len(), expected.len()).into());
    }
    for (name, expected) in expected {
        let found = double.get(name).ok_or(format!("{name} is missing"))?;
        let equal_shapes = found.shape().to_vec() == expected.shape;
        let numbers: Vec<f64> =
            expected.bits.iter().map(|&x| widened(x, &expected.dtype)).collect();
        let same = |x: f64, y: f64| x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan();
        let equal = numbers.iter().zip(found.as_slice()).all(|(&x, &y)| same(x, y));
        let bits: Vec<u64> = found.as_slice().iter().map(|x| x.to_bits()).collect();
        let equal = equal && (expected.dtype != "F64" || bits == expected.bits);
        let single = single.as_ref().and_then(|state| state.get(name));
        let bits: Option<Vec<u64>> = single
            .filter(|_| expected.dtype == "F32")
            .map(|tensor| tensor.as_slice().iter().map(|x| u64::from(x.to_bits())).collect());
        if !equal_shapes || !equal || bits.is_some_and(|bits| bits != expected.bits) {
            return Err(format!("{name} of {} is not what was saved", expected.dtype).into());
        }
    }
    Ok(())
}

/// All tensors of a file under their names in it.
fn tensors<F: Float>(checkpoint: Checkpoint<F>) -> StateDict<F> {
    let mut all = checkpoint.state;
    if let Some(training) = checkpoint.training {
        all.extend(training.optimizer.tensors.with_prefix("optimizer/"));
    }
    all
}

/// Whether this f64 is finite, and infinite as f32.
fn large(bits: u64) -> bool {
    let x = f64::from_bits(bits);
    x.is_finite() && (x as f32).is_infinite()
}

/// The number with these bits in this type.
fn widened(bits: u64, dtype: &str) -> f64 {
    match dtype {
        "F64" => f64::from_bits(bits),
        "F32" => f64::from(f32::from_bits(bits as u32)),
        "BF16" => f64::from(f32::from_bits((bits as u32) << 16)),
        // Half precision by its definition: sign, exponent with bias 15, fraction of 10 bits.
        _ => {
            let sign = if bits >> 15 & 1 == 1 { -1.0 } else { 1.0 };
            let (exponent, fraction) = (bits >> 10 & 31, (bits & 1023) as f64 / 1024.0);
            sign * match exponent {
                31 if fraction > 0.0 => f64::NAN,
                31 => f64::INFINITY,
                0 => fraction * 2_f64.powi(-14),
                _ => (1.0 + fraction) * 2_f64.powi(exponent as i32 - 15),
            }
        }
    }
}
