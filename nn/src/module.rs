//! Modules: what maps a variable to a variable.

use std::any::Any;
use std::collections::HashMap;

use autograd::{Float, Tape, Tensor, Var};

use crate::{LayerSpec, Parameters};

/// A map from one variable to another, with named parameters: a layer or a whole network.
///
/// A struct becomes a module as in PyTorch, by naming its parts and writing `forward`:
///
/// ```
/// use autograd::{Tape, Tensor, Var};
/// use nn::{Linear, Module, Optimizer, Parameters, Seed, Sgd};
///
/// #[derive(Clone)]
/// struct SourceModel {
///     fc1: Linear,
///     fc2: Linear,
/// }
/// nn::parts!(SourceModel: fc1, fc2);
///
/// impl Module for SourceModel {
///     fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
///         self.fc2.forward(self.fc1.forward(x).relu())
///     }
/// }
///
/// let seed = Seed::new(0);
/// let model = SourceModel {
///     fc1: Linear::new(10, 50, seed.child("fc1")),
///     fc2: Linear::new(50, 10, seed.child("fc2")),
/// };
/// assert_eq!(model.named()[0].0, "fc1.weight");
///
/// let x = Tensor::from_fn([4, 10], |i| (i % 7) as f32);
/// let labels = [3, 1, 4, 1];
/// let mut optimizer = Sgd::new(&model, 0.1);
/// let mut losses = Vec::new();
/// for step in 0..10 {
///     let tape = Tape::training(seed.child(step));
///     let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
///     losses.push(loss.value().item());
///     optimizer.step(loss.backward());
/// }
/// assert!(losses[9] < losses[0]);
/// ```
///
/// Modules can be cloned, boxed ones too (`Box<dyn Module>`): the copy has parameters of its own
/// with equal values. A derived `Clone` copies every field for itself, so it unties parts that
/// [`share`](autograd::Parameter::share) a parameter: what does is cloned by hand, and a box, a
/// [`Sequential`](crate::Sequential) and so every strategy refuse a copy that is untied. What has
/// several inputs or outputs implements [`Parameters`] alone.
// ANCHOR: module
pub trait Module<F: Float = f32>: Parameters<F> + CloneModule<F> {
    /// The output for the input `x`, on `x`'s tape.
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F>;

    /// The output for `x` in evaluation mode; nothing is recorded for gradients.
    #[doc(alias = "eval")]
    #[doc(alias = "no_grad")]
    #[track_caller]
    fn predict(&self, x: &Tensor<F>) -> Tensor<F> {
        let tape = Tape::predicting();
        self.forward(tape.constant(x)).value()
    }
    // ANCHOR_END: module

    /// What layer this is, as a value; `None` for a module that no [`LayerSpec`] describes.
    fn layer_spec(&self) -> Option<LayerSpec> {
        None
    }
}

/// How a boxed [`Module`] is cloned, and found out to be of some type; every module that is `Clone`
/// has it.
pub trait CloneModule<F: Float = f32> {
    /// A boxed copy with parameters of its own and equal values, which share what these share.
    ///
    /// # Panics
    /// If the copy does not: a derived `Clone` copies every parameter for itself, so that two
    /// parts that shared one have two.
    #[track_caller]
    fn clone_module(&self) -> Box<dyn Module<F>>;
    /// The module as a value of any type; see [`downcast_ref`](trait.Module.html#method.downcast_ref).
    fn as_any(&self) -> &dyn Any;
    /// As [`as_any`](CloneModule::as_any), to be changed.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}
impl<F: Float, M: Module<F> + Clone + 'static> CloneModule<F> for M {
    fn clone_module(&self) -> Box<dyn Module<F>> {
        let copy = self.clone();
        assert_same_ties(self, &copy);
        Box::new(copy)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// Panics if two parameters of the copy are one in the original, or the other way round.
#[track_caller]
pub(crate) fn assert_same_ties<F: Float>(
    original: &(impl Parameters<F> + ?Sized),
    copy: &(impl Parameters<F> + ?Sized),
) {
    let (mut of_original, mut of_copy) = (Vec::new(), Vec::new());
    original.visit(&mut |_, parameter| of_original.push(parameter.id()));
    copy.visit(&mut |_, parameter| of_copy.push(parameter.id()));
    let (mut copies, mut originals) = (HashMap::new(), HashMap::new());
    for (i, (&one, &other)) in of_original.iter().zip(&of_copy).enumerate() {
        let (first, _) = *copies.entry(one).or_insert((i, other));
        let (second, _) = *originals.entry(other).or_insert((i, one));
        if first != second {
            let name = |i: usize| original.named().swap_remove(i).0;
            let (other, one) = (name(first.min(second)), name(i));
            panic!(
                "the copy does not share \"{other}\" and \"{one}\" as the model does: what shares \
                 parameters is cloned by hand"
            );
        }
    }
}

impl<F: Float> dyn Module<F> + '_ {
    /// Whether the module behind the pointer is of this type.
    pub fn is<M: Module<F> + 'static>(&self) -> bool {
        self.downcast_ref::<M>().is_some()
    }

    /// The module behind the pointer, if it is of this type.
    ///
    /// ```
    /// use nn::{Linear, Module, NetworkSpec, Relu, Seed, Sequential};
    /// let network: Sequential = NetworkSpec::mlp(&[4, 3, 2]).build(Seed::new(1));
    /// let first: &Linear = network.layer(0).downcast_ref().unwrap();
    /// assert_eq!(first.outputs(), 3);
    /// assert!(network.layer(1).is::<Relu>());
    /// ```
    pub fn downcast_ref<M: Module<F> + 'static>(&self) -> Option<&M> {
        match self.as_any().downcast_ref::<Box<dyn Module<F>>>() {
            Some(boxed) => boxed.downcast_ref(),
            None => self.as_any().downcast_ref(),
        }
    }

    /// As `downcast_ref`, to be changed.
    pub fn downcast_mut<M: Module<F> + 'static>(&mut self) -> Option<&mut M> {
        if self.as_any().is::<Box<dyn Module<F>>>() {
            let boxed = self.as_any_mut().downcast_mut::<Box<dyn Module<F>>>();
            return boxed.and_then(|boxed| boxed.downcast_mut());
        }
        self.as_any_mut().downcast_mut()
    }
}

impl<F: Float> Clone for Box<dyn Module<F>> {
    fn clone(&self) -> Self {
        (**self).clone_module()
    }
}

impl<F: Float> Module<F> for Box<dyn Module<F>> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        (**self).forward(x)
    }
    fn predict(&self, x: &Tensor<F>) -> Tensor<F> {
        (**self).predict(x)
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        (**self).layer_spec()
    }
}
