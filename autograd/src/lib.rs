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
//! | the record of a computation | [`Tape`], [`Var`] | `tape.rs` |
//! | the reverse sweep | [`Gradients`] | `backward.rs` |
//! | several losses: swept apart, or run side by side | [`task_gradients`], [`Var::losses`] | `tasks.rs` |
//! | operations: a value, and a pullback for each input | methods of [`Var`] and [`Tensor`] | `ops/` |
//! | what outlives tapes | [`Parameter`] | `parameter.rs` |
//! | long sums and norms | [`Tensor::sum`], [`Tensor::norm`] | `sum.rs` |
//! | threads | [`parallel`] | `parallel.rs` |
//! | does a gradient agree with differences? | [`check`] | `check.rs` |
//!
//! Read `tape.rs`, then `backward.rs`, then any file of `ops`: the rest is more of the same.
//! The book's chapters on the tape, on reverse mode and on the parallel product derive what is here.

mod backward;
mod beside;
mod buffer;
pub mod check;
mod float;
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

pub use backward::Gradients;
pub use float::Float;
pub use hash::Fnv1a;
pub use look::Recorded;
/// The `ndarray` whose arrays go in and come out.
pub use ndarray;
pub use non_finite::NonFinite;
pub use ops::{CrossEntropyConfig, Reduction, concatenate, stack, weighted_sum};
pub use parameter::Parameter;
pub use pool::buffers_made;
pub use seed::{Seed, SeedKey};
pub use shape::{MAX_AXES, Shape};
pub use tape::Tape;
pub use tasks::{TaskGradients, task_gradients};
pub use tensor::Tensor;
pub use var::Var;
