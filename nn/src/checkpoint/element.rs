//! Numbers as bytes: the file's types and the model's.

use std::any::Any;

use autograd::{Float, Tensor};
use safetensors::Dtype;

/// The tensor's type and its numbers, little-endian.
pub(super) fn to_bytes<F: Float>(tensor: &Tensor<F>) -> (Dtype, Vec<u8>) {
    // Asked for by type, since a detour over f64 would change the bits of some NaNs.
    if let Some(tensor) = (tensor as &dyn Any).downcast_ref::<Tensor<f32>>() {
        return (Dtype::F32, tensor.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect());
    }
    let numbers = tensor.as_slice().iter().flat_map(|x| x.to_f64().to_le_bytes());
    (Dtype::F64, numbers.collect())
}

/// The type in which such tensors are written.
pub(super) fn dtype<F: Float>() -> Dtype {
    to_bytes(&Tensor::scalar(F::ZERO)).0
}

/// Whether tensors of this type and name are read: numbers with a fraction, and the counter of
/// PyTorch's batch norm, which nothing uses.
pub(super) fn is_read(name: &str, dtype: Dtype) -> bool {
    let counter = name.rsplit('.').next() == Some("num_batches_tracked");
    matches!(dtype, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16)
        || (dtype == Dtype::I64 && counter)
}

/// The tensor of these bytes, whose number the header's check has compared with the shape.
pub(super) fn from_bytes<F: Float>(
    name: &str,
    dtype: Dtype,
    shape: &[usize],
    bytes: &[u8],
) -> Result<Tensor<F>, String> {
    if !is_read(name, dtype) {
        return Err(format!("numbers of type {dtype} are not read"));
    }
    match dtype {
        Dtype::F64 => convert(shape, numbers(bytes, f64::from_le_bytes)),
        Dtype::F32 => convert(shape, numbers(bytes, f32::from_le_bytes)),
        Dtype::F16 => convert(shape, numbers(bytes, |bytes| half(u16::from_le_bytes(bytes)))),
        Dtype::BF16 => convert(
            shape,
            numbers(bytes, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)),
        ),
        _ => convert(shape, numbers(bytes, |bytes| i64::from_le_bytes(bytes) as f64)),
    }
}

fn numbers<T, const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&bytes| number(bytes)).collect()
}

/// The same numbers in the type asked for.
fn convert<T: Float, F: Float>(shape: &[usize], numbers: Vec<T>) -> Result<Tensor<F>, String> {
    let tensor = Tensor::new(shape, numbers);
    if let Some(tensor) = (&tensor as &dyn Any).downcast_ref::<Tensor<F>>() {
        return Ok(tensor.clone());
    }
    let mut converted = Vec::with_capacity(tensor.len());
    for x in tensor.as_slice() {
        let x = x.to_f64();
        let y = F::of(x);
        if x.is_finite() && !y.is_finite() {
            return Err(format!("{x:e} is too large for the model's type"));
        }
        converted.push(y);
    }
    Ok(Tensor::new(shape, converted))
}

/// A number of 1 sign, 5 exponent and 10 fraction bits (IEEE 754 binary16), exactly.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let (exponent, fraction) = (u32::from(bits >> 10 & 31), u32::from(bits & 1023));
    match exponent {
        // Gradual underflow: the fraction counts steps of 2^-24.
        0 => f32::from_bits(sign | (fraction as f32 / 16_777_216.0).to_bits()),
        31 => f32::from_bits(sign | 0x7F80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_numbers_are_read_exactly() {
        let cases = [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x3555, 1365.0 / 4096.0),
            (0x7BFF, 65504.0),
            (0x0400, 1.0 / 16_384.0),
            (0x0001, 1.0 / 16_777_216.0),
            (0x8000, -0.0),
            (0x7C00, f32::INFINITY),
            (0xFC00, f32::NEG_INFINITY),
        ];
        for (bits, number) in cases {
            assert_eq!(half(bits).to_bits(), number.to_bits(), "for {bits:#06x}");
        }
        assert!(half(0x7E00).is_nan());
    }

    #[test]
    fn every_type_is_read_into_every_type() {
        let bytes = |dtype| match dtype {
            Dtype::F64 => (-1.5_f64).to_le_bytes().to_vec(),
            Dtype::F32 => (-1.5_f32).to_le_bytes().to_vec(),
            Dtype::F16 => vec![0x00, 0xBE],
            _ => vec![0xC0, 0xBF], // bf16: the upper half of the f32
        };
        for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
            let precise = from_bytes::<f64>("weight", dtype, &[1], &bytes(dtype)).unwrap();
            let single = from_bytes::<f32>("weight", dtype, &[1], &bytes(dtype)).unwrap();
            assert_eq!((precise.as_slice(), single.as_slice()), (&[-1.5][..], &[-1.5][..]));
        }
    }

    #[test]
    fn a_number_that_would_become_infinite_is_refused() {
        let read = |x: f64| from_bytes::<f32>("weight", Dtype::F64, &[1], &x.to_le_bytes());
        assert_eq!(read(1e39).unwrap_err(), "1e39 is too large for the model's type");
        assert_eq!(read(f64::INFINITY).unwrap().as_slice(), [f32::INFINITY]);
    }
}
