//! Numbers as bytes: the file's types and the model's.

use std::any::Any;

use autograd::{Float, MAX_AXES, Shape, Tensor};
use safetensors::Dtype;

use super::fault::Fault;
use super::raw::RawTensor;

/// The tensor as it is written: in its own type, little-endian.
pub(super) fn to_raw<'a, F: Float>(name: &'a str, tensor: &Tensor<F>) -> RawTensor<'a> {
    // Asked for by type, since a detour over f64 would change the bits of some NaNs.
    let single = (tensor as &dyn Any).downcast_ref::<Tensor<f32>>();
    let (dtype, bytes): (_, Vec<u8>) = if let Some(tensor) = single {
        (Dtype::F32, tensor.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect())
    } else {
        (Dtype::F64, tensor.as_slice().iter().flat_map(|x| x.to_f64().to_le_bytes()).collect())
    };
    let shape = tensor.shape().to_vec().into();
    RawTensor { name: name.into(), dtype, shape, bytes: bytes.into() }
}

/// The type in which such tensors are written.
pub(super) fn dtype<F: Float>() -> Dtype {
    to_raw("", &Tensor::scalar(F::ZERO)).dtype
}

/// Why a tensor is kept as it stands and its numbers are not read: they are no fractions, as the
/// counter of PyTorch's batch norm, or it has more axes than a [`Tensor`] or a longer one.
pub(super) fn why_unread(tensor: &RawTensor) -> Option<String> {
    let axes = tensor.shape.len();
    match tensor.dtype {
        _ if axes > MAX_AXES => Some(format!("{axes} axes are more than {MAX_AXES}")),
        _ if Shape::checked(&tensor.shape).is_none() => {
            Some(format!("no tensor has the shape {:?}", tensor.shape))
        }
        Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16 => None,
        dtype => Some(format!("numbers of type {dtype} are not read")),
    }
}

/// The tensor of these bytes, whose number the header's check has compared with the shape.
pub(super) fn from_raw<F: Float>(raw: &RawTensor) -> Result<Tensor<F>, Fault> {
    let (shape, bytes) = (&*raw.shape, &*raw.bytes);
    let upper_half = |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16);
    let tensor = match raw.dtype {
        Dtype::F64 => convert(shape, numbers(bytes, f64::from_le_bytes)),
        Dtype::F32 => convert(shape, numbers(bytes, f32::from_le_bytes)),
        Dtype::F16 => convert(shape, numbers(bytes, |bytes| half(u16::from_le_bytes(bytes)))),
        Dtype::BF16 => convert(shape, numbers(bytes, upper_half)),
        _ => Err(why_unread(raw).unwrap_or_default()),
    };
    tensor.map_err(|fault| Fault::of_tensor(&raw.name, fault))
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

    /// The tensor of one number with these bytes.
    fn read<F: Float>(dtype: Dtype, bytes: Vec<u8>) -> Result<Tensor<F>, String> {
        let (name, shape) = ("weight".into(), vec![1].into());
        match from_raw(&RawTensor { name, dtype, shape, bytes: bytes.into() }) {
            Err(Fault::Contents { fault, .. }) => Err(fault),
            read => Ok(read.unwrap()),
        }
    }

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
            let precise = read::<f64>(dtype, bytes(dtype)).unwrap();
            let single = read::<f32>(dtype, bytes(dtype)).unwrap();
            assert_eq!((precise.as_slice(), single.as_slice()), (&[-1.5][..], &[-1.5][..]));
        }
    }

    #[test]
    fn a_number_that_would_become_infinite_is_refused() {
        let read = |x: f64| read::<f32>(Dtype::F64, x.to_le_bytes().to_vec());
        assert_eq!(read(1e39).unwrap_err(), "1e39 is too large for the model's type");
        assert_eq!(read(f64::INFINITY).unwrap().as_slice(), [f32::INFINITY]);
    }
}
