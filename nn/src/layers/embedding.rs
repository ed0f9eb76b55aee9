//! Embeddings.

use autograd::{Float, Parameter, Seed, Tape, Var};

use crate::init;

/// A table of learnt rows, one for each of a number of things that are known by their index.
///
/// Its input is indices and no variable, so it has parameters but is no [`Module`](crate::Module).
///
/// ```
/// use autograd::Tape;
/// use nn::{Embedding, Seed};
/// let words: Embedding = Embedding::new(5, 3, Seed::new(1));
/// let tape = Tape::new();
/// let rows = words.forward(&tape, &[4, 0, 4]);
/// let gradients = rows.sum().backward();
/// let of_each = gradients.of(&words.weight).unwrap();
/// assert_eq!(of_each.view()[[4, 0]], 2.0);                 // used twice
/// assert_eq!(of_each.view()[[1, 0]], 0.0);
/// ```
///
/// # Shapes
/// `weight`: `[entries, units]`; result: `[indices, units]`.
///
/// # Source
/// PyTorch's `Embedding`, fresh rows standard normal.
#[derive(Clone)]
pub struct Embedding<F: Float = f32> {
    /// The rows.
    pub weight: Parameter<F>,
}
crate::parts!(<F> Embedding<F>: weight);

impl<F: Float> Embedding<F> {
    /// A table of fresh rows, standard normal, drawn from `seed.child("weight")`.
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn new(entries: usize, units: usize, seed: Seed) -> Self {
        assert!(
            entries > 0 && units > 0,
            "an embedding needs entries and units, not {entries} and {units}"
        );
        let weight = init::normal([entries, units], 1.0, seed.child("weight"));
        Embedding { weight: Parameter::new(weight) }
    }

    /// The rows of these indices, in this order, on `tape`.
    ///
    /// # Panics
    /// If an index is not below the number of entries.
    #[track_caller]
    pub fn forward<'t>(&self, tape: &'t Tape<F>, indices: &[usize]) -> Var<'t, F> {
        tape.watch(&self.weight).embedding(indices)
    }

    /// The number of rows.
    pub fn entries(&self) -> usize {
        self.weight.shape().axis(0)
    }

    /// The length of a row.
    pub fn units(&self) -> usize {
        self.weight.shape().axis(1)
    }
}
