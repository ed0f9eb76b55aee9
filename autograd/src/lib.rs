//! Tensors, a tape, and gradients: reverse-mode automatic differentiation that reads like the
//! formulas.
//!
//! ```
//! use autograd::{Tape, Tensor};
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::new([3], vec![1.0, 2.0, 3.0]));
//! let loss = (x * x).sum();                                  // the tape records what is computed
//! let gradients = loss.backward();                           // one sweep from its end
//! assert_eq!(gradients.wrt(x).unwrap().as_slice(), [2.0, 4.0, 6.0]);
//! ```
//!
//! | idea | type | file |
//! |---|---|---|
//! | a value: shape and shared numbers | [`Tensor`], [`Shape`] | `tensor.rs`, `shape.rs` |
//! | the record of a computation | [`Tape`], [`Var`] | `tape.rs`, `var.rs` |
//! | the reverse sweep, and what it finds | [`Gradients`] | `backward.rs`, `gradients.rs` |
//! | operations: a value, and a pullback for each input | methods of [`Var`] and [`Tensor`] | `ops/` |
//! | what outlives tapes | [`Parameter`] | `parameter.rs` |
//! | several losses: swept apart, or run side by side | [`task_gradients`], [`Var::losses`] | `tasks.rs`, `beside.rs` |
//! | a tape to look at | [`Tape::looking`], [`Tape::checking`] | `look.rs` |
//! | long sums and norms | [`Tensor::sum`], [`Tensor::norm`] | `sum.rs` |
//! | threads | [`parallel`] | `parallel.rs` |
//! | buffers that are used again | [`buffers_made`], [`free_spare_buffers`] | `pool.rs`, `buffer.rs` |
//! | does a gradient agree with differences? | [`check`] | `check.rs` |
//!
//! Read `tape.rs`, then `backward.rs`, then any file of `ops`: the rest is more of the same.
//! The book's chapters on the tape, on reverse mode and on the parallel product derive what is here.
//!
//! # What is not here
//!
//! *Derivatives of derivatives*: a sweep records nothing. A product of the Hessian with a vector is a
//! difference of gradients; in double precision that of fourth order is right to about 1e-11:
//!
//! ```
//! use autograd::{Tape, Tensor};
//! let gradient = |x: Tensor<f64>| {
//!     let tape = Tape::<f64>::default();
//!     let x = tape.leaf(x);
//!     x.logsumexp_axes(&[0]).backward().wrt(x).unwrap().clone()
//! };
//! let x = Tensor::new([3], vec![0.5, -1.0, 2.0]);
//! let v = Tensor::new([3], vec![1.0, 3.0, -2.0]);
//! let h = 1e-3;
//! let apart = |steps: f64| {
//!     let step = v.clone().scale(steps * h);
//!     gradient(x.clone() + step.clone()) - gradient(x.clone() - step)
//! };
//! let product = (apart(1.0).scale(8.0) - apart(2.0)).scale(1.0 / (12.0 * h));
//!
//! // The gradient is p = softmax(x), and the Hessian diag(p) - p p^T.
//! let p = x.softmax(0);
//! let along = (p.clone() * v.clone()).sum().item();
//! let exact = p.clone() * v - p.scale(along);
//! for (product, exact) in product.as_slice().iter().zip(exact.as_slice()) {
//!     assert!((product - exact).abs() < 1e-9);
//! }
//! ```
//!
//! *Convolution*: it is a product over patches, which [`Var::index_select`] takes out of images that
//! are rows:
//!
//! ```
//! use autograd::{Tape, Tensor};
//! let tape = Tape::new();
//! let images = tape.constant(Tensor::from_fn([2, 9], |i| i as f32)); // 3 x 3 pixels each
//! let kernels = tape.leaf(Tensor::new([1, 4], vec![1.0, 0.0, 0.0, -1.0])); // one, of 2 x 2
//! let corners = [0, 1, 3, 4];
//! let patches: Vec<usize> = corners.into_iter().flat_map(|c| [c, c + 1, c + 3, c + 4]).collect();
//! let y = images.index_select(1, &patches).reshape([2 * 4, 4]).linear_no_bias(kernels);
//! assert_eq!(y.value(), Tensor::full([2 * 4, 1], -4.0)); // x[r, c] - x[r + 1, c + 1]
//! ```
//!
//! *Devices*: everything is computed by the processor's cores; what another device has made comes in
//! as an `ndarray` array. *Other numbers*: `f32` and `f64` are computed with, shorter ones are only
//! read from files.

mod backward;
mod beside;
mod buffer;
pub mod check;
mod float;
mod gradients;
mod hash;
mod identity;
mod look;
mod non_finite;
mod ops;
pub mod parallel;
mod parameter;
mod pool;
mod seed;
mod shape;
mod sum;
mod tape;
mod tasks;
mod tensor;
mod var;

pub use float::Float;
pub use gradients::Gradients;
pub use hash::Fnv1a;
pub use look::Recorded;
/// The `ndarray` whose arrays go in and come out.
pub use ndarray;
pub use non_finite::NonFinite;
pub use ops::{CrossEntropyConfig, Reduction, concatenate, stack, weighted_sum};
pub use parameter::Parameter;
pub use pool::{buffers_made, free_spare_buffers};
pub use seed::{Seed, SeedKey};
pub use shape::{MAX_AXES, Shape};
pub use tape::Tape;
pub use tasks::{TaskGradients, task_gradients};
pub use tensor::Tensor;
pub use var::Var;
