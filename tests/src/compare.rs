//! Ways to compare: close, bit for bit, and what a panic says and where it points.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use autograd::{Float, Gradients, Tensor, Var};

/// Whether both have one shape and all entries agree to `tolerance * max(1, largest |b|)`;
/// infinities and NaN agree with their like alone. The error says where they do not.
///
/// # Errors
/// The first entry that differs, or the shapes.
pub fn close<F: Float>(a: &Tensor<F>, b: &Tensor<F>, tolerance: f64) -> Result<(), String> {
    if a.shape() != b.shape() {
        return Err(format!("shape {} instead of {}", a.shape(), b.shape()));
    }
    let finite = b.as_slice().iter().map(|b| b.to_f64().abs()).filter(|b| b.is_finite());
    let bound = tolerance * finite.fold(1.0, f64::max);
    for (i, (a, b)) in a.as_slice().iter().zip(b.as_slice()).enumerate() {
        let (a, b) = (a.to_f64(), b.to_f64());
        let same = if a.is_finite() && b.is_finite() {
            (a - b).abs() <= bound
        } else {
            a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
        };
        if !same {
            return Err(format!("entry {i} is {a:e} instead of {b:e}"));
        }
    }
    Ok(())
}

/// The shape and the bits of every entry, to be compared exactly: NaN equals itself here, and
/// -0 differs from 0.
pub fn bits<F: Float>(x: &Tensor<F>) -> (Vec<usize>, Vec<u64>) {
    (x.shape().to_vec(), x.as_slice().iter().map(|x| x.to_f64().to_bits()).collect())
}

/// The gradient with respect to `x`, zeros where the loss does not depend on it.
pub fn gradient<F: Float>(gradients: &Gradients<F>, x: Var<'_, F>) -> Tensor<F> {
    gradients.wrt(x).cloned().unwrap_or_else(|| Tensor::zeros(x.shape()))
}

/// Fixed, unequal weights for the entries of a value, to sweep from.
pub fn cotangent<F: Float>(like: Var<'_, F>, seed: u64) -> Tensor<F> {
    let phase = (seed % 1000) as f64;
    Tensor::from_fn(like.shape(), |i| F::of(0.2 + (1.7 * i as f64 + phase).sin()))
}

/// What a panic said, and the place it blamed.
#[derive(Clone, Debug, PartialEq)]
pub struct Blame {
    /// The sentence.
    pub message: String,
    /// The file of the place.
    pub file: String,
    /// Its line.
    pub line: u32,
}

thread_local! {
    static LISTENING: Cell<bool> = const { Cell::new(false) };
    static BLAME: RefCell<Option<Blame>> = const { RefCell::new(None) };
}

/// Runs `f`, which must panic, without a trace on the terminal.
///
/// # Panics
/// If `f` does not.
#[track_caller]
pub fn panic_of(f: impl FnOnce()) -> Blame {
    caught(f).expect_err("this should have been refused")
}

/// What `f` returns, or its panic, without a trace on the terminal.
///
/// # Errors
/// What the panic said.
pub fn caught<R>(f: impl FnOnce() -> R) -> Result<R, Blame> {
    static HOOK: Once = Once::new();
    // The hook is the whole process's; it keeps quiet only about threads that are listening.
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !LISTENING.get() {
                return before(info);
            }
            let payload = info.payload();
            let message = payload.downcast_ref::<String>().cloned();
            let message = message.or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).into()));
            BLAME.set(info.location().map(|place| Blame {
                message: message.unwrap_or_default(),
                file: place.file().into(),
                line: place.line(),
            }));
        }));
    });
    let before = LISTENING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(f));
    LISTENING.set(before);
    // A panic of another thread, which a pool passes on, is told of there and has no place here.
    let elsewhere = || Blame { message: "in another thread".into(), file: String::new(), line: 0 };
    outcome.map_err(|_| BLAME.take().unwrap_or_else(elsewhere))
}
