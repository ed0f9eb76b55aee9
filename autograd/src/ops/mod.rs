//! Operations, one family a file.
//!
//! An operation is a value and, beside it, one pullback for each input, in the order of its
//! arguments. This is `exp`, from `elementwise.rs`; one from outside the crate looks the same:
//!
//! ```
//! # use autograd::{Float, Tape, Var};
//! # trait Exp { fn exp(self) -> Self; }
//! # impl<F: Float> Exp for Var<'_, F> {
//!     /// `e^x`, entry by entry.
//!     fn exp(self) -> Self {
//!         let y = self.value().exp();
//!         self.tape()
//!             .record("exp", y.clone())
//!             .pullback(self, move |y_bar| y_bar.zip(&y, |y_bar, y| y_bar * y))
//!     }
//! # }
//! # let tape = Tape::new();
//! # let x = tape.leaf(0.0);
//! # assert_eq!(Exp::exp(x).backward().wrt(x).unwrap().item(), 1.0);
//! ```
//!
//! `y_bar` is the derivative of the loss with respect to `y`, the cotangent. The pullback returns
//! that of the input; if the input was stretched by broadcasting, the sweep sums over the stretched
//! axes, so no pullback does. What makes sense without a tape is a function of
//! [`Tensor`](crate::Tensor) as well, and the recorded operation uses it.
//!
//! | file | operations |
//! |---|---|
//! | `arithmetic.rs` | `+ - * /`, `-x`, maximum, minimum, where |
//! | `elementwise.rs` | exp, ln, sqrt, powers, trigonometric and activation functions |
//! | `reduce.rs` | sum, mean, max, min, var, logsumexp, norm |
//! | `product.rs` | matmul and its transposed forms |
//! | `linear.rs` | linear maps |
//! | `softmax.rs` | softmax, `log_softmax` |
//! | `losses.rs` | cross-entropy in its forms, squared, absolute and Huber's, divergence, distillation |
//! | `norm.rs` | normalisation over axes, layer norm, batch norm |
//! | `shape.rs` | reshape, transpose, permute, broadcast, slice, select, gather, concatenate, stack |
//! | `permute.rs` | the copy behind permute and transpose |
//! | `mix.rs` | weighted sums with learnt weights |
//! | `flow.rs` | gradient reversal |

mod arithmetic;
mod elementwise;
mod flow;
mod linear;
mod losses;
mod mix;
mod norm;
mod permute;
mod product;
mod reduce;
mod shape;
mod softmax;

pub use losses::{CrossEntropyConfig, Reduction};
pub use mix::weighted_sum;
pub use shape::{concatenate, stack};
