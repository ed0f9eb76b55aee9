//! Optimisers: rules that move parameters along their gradients.

mod adam;
mod groups;
mod rule;
mod schedule;
mod sgd;
mod slots;
mod state;

use autograd::{Float, Gradients, Parameter, Var};

use crate::{Error, Parameters};

pub use adam::{Adam, AdamConfig};
pub use groups::Groups;
pub use rule::{Decays, Rule};
pub use schedule::Schedule;
pub use sgd::{Sgd, SgdConfig};
pub use state::OptimizerState;

/// A rule that moves a model's parameters along their gradients.
///
/// An optimiser holds shared handles to the parameters it was made for and touches no others. A
/// parameter without a gradient is left as it is, and so is its state: no decay, no momentum. A
/// frozen one keeps its bits; when it is thawed its state starts afresh. Gradients that are all of
/// other parameters are a fault of the program, and no gradients at all are none.
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{Linear, Module, Optimizer, Seed, Sgd};
/// let seed = Seed::new(1);
/// let model = Linear::new(2, 3, seed);
/// let (x, labels) = (Tensor::new([2, 2], vec![1.0_f32, 0.0, 0.0, 1.0]), [0, 2]);
/// let mut optimizer = Sgd::new(&model, 0.5);
/// for step in 0..100 {
///     let tape = Tape::training(seed.child(step));
///     let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
///     optimizer.step(loss.backward());
/// }
/// assert_eq!(nn::metrics::accuracy(&model.predict(&x), &labels), 1.0);
/// ```
pub trait Optimizer<F: Float = f32>: Send {
    /// Moves every parameter that has a gradient. The gradients are consumed, so that the step
    /// writes into their buffers where a tape still holds the parameters' own.
    ///
    /// # Panics
    /// If there are gradients, none of them of a parameter of this optimiser, though some of its
    /// parameters are not frozen: it was made for another model.
    #[track_caller]
    fn step(&mut self, gradients: Gradients<F>);

    /// The present learning rate.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of the steps to come; groups keep their ratio to it. A [`Schedule`] is
    /// a function of the step's number, asked before each step.
    ///
    /// # Panics
    /// If the rate is negative or not finite.
    #[doc(alias = "lr")]
    #[track_caller]
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// What must be kept, beside the model's own state, to go on later as if there had been no stop.
    fn state(&self) -> OptimizerState<F>;

    /// Goes on from a state that an optimiser of the same rule on a model of the same names gave;
    /// what it says nothing of begins afresh.
    ///
    /// # Errors
    /// If the state is of another rule, or something in it is missing, unexpected or of another
    /// shape; nothing is changed then.
    fn load_state(&mut self, state: &OptimizerState<F>) -> Result<(), Error>;
}

/// The loss itself, unless it or a running statistic of the model is infinite or not a number:
/// training stops there.
///
/// A loss that is not finite is never compared with another one, so it cannot pass for better; and
/// no optimiser sees its gradients, so the parameters are those of the step before. A running
/// statistic takes in a step's rows whatever their loss is, and would spoil what is predicted later.
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{BatchNorm, Module, Seed};
/// let model: BatchNorm = BatchNorm::new(1);
/// let tape = Tape::training(Seed::new(0));
/// let error = nn::finite(&model, tape.leaf(0.0).ln(), 7).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the loss of step 7 is -inf, not a finite number: scale the features (data::Scaler) or lower \
///      the learning rate"
/// );
/// model.forward(tape.constant(Tensor::new([2, 1], vec![-1e30, 1e30]))); // their variance is no f32
/// let error = nn::finite(&model, tape.leaf(1.0), 8).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "after the rows of step 8 \"running_var\" is not finite: scale the features (data::Scaler)"
/// );
/// ```
///
/// # Errors
/// The first that is not finite, with the step, and a statistic with its layer's name.
///
/// # Panics
/// If the loss is not a single number.
#[track_caller]
pub fn finite<'t, F: Float>(
    model: &(impl Parameters<F> + ?Sized),
    loss: Var<'t, F>,
    step: usize,
) -> Result<Var<'t, F>, Error> {
    let losses = [Some(loss.value().item().to_f64())];
    refuse_non_finite(None, step, &losses, &buffers(model))?;
    Ok(loss)
}

/// The running statistics of a model, each with its layer's name.
pub(crate) fn buffers<F: Float>(
    model: &(impl Parameters<F> + ?Sized),
) -> Vec<(String, Parameter<F>)> {
    let mut buffers = Vec::new();
    model.visit(&mut |name, parameter| {
        if parameter.is_buffer() {
            buffers.push((name.to_owned(), parameter.share()));
        }
    });
    buffers
}

/// Refuses the first loss or else statistic that is not finite: for loops of one's own and for the
/// steps of a [`Run`](crate::train::Run).
pub(crate) fn refuse_non_finite<F: Float>(
    strategy: Option<&'static str>,
    step: usize,
    losses: &[Option<f64>],
    buffers: &[(String, Parameter<F>)],
) -> Result<(), Error> {
    if let Some(loss) = losses.iter().flatten().copied().find(|loss| !loss.is_finite()) {
        return Err(Error::Loss { strategy, step, loss });
    }
    let infinite = |buffer: &Parameter<F>| buffer.value().as_slice().iter().any(|x| !x.is_finite());
    match buffers.iter().find(|(_, buffer)| infinite(buffer)) {
        None => Ok(()),
        Some((name, _)) => Err(Error::Statistic { strategy, step, name: name.clone() }),
    }
}
