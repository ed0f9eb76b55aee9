//! Modules: what has named parameters, and what maps a variable to a variable.

use std::any::Any;
use std::collections::{HashMap, HashSet};

use autograd::{Float, Parameter, Tape, Tensor, Var};

use crate::{Error, LayerSpec, LoadReport, StateDict};

/// Something with named parameters: a layer, a model, several models together.
///
/// State dicts, freezing, counting and optimisers rest on the one required method, which visits
/// the parameters in a fixed order under the names that PyTorch gives them. For a struct of layers
/// the macro [`parts!`](crate::parts) writes it.
///
/// ```
/// use nn::{Linear, Parameters, Seed};
/// let layer: Linear = Linear::new(3, 2, Seed::new(1));
/// let names: Vec<String> = layer.named().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["weight", "bias"]);
/// assert_eq!(layer.num_parameters(), 3 * 2 + 2);
/// ```
pub trait Parameters<F: Float = f32>: Send + Sync {
    /// Shows every parameter and buffer, with its name, to `visit`, always in the same order.
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>));

    /// The names and shared handles of all parameters and buffers, in the order of [`visit`].
    ///
    /// [`visit`]: Parameters::visit
    #[doc(alias = "named_parameters")]
    fn named(&self) -> Vec<(String, Parameter<F>)> {
        let mut named = Vec::new();
        self.visit(&mut |name, parameter| named.push((name.to_owned(), parameter.share())));
        named
    }

    /// The present values by name; they stay as they are when the model is trained on.
    ///
    /// # Panics
    /// If two parameters have one name.
    #[track_caller]
    fn state_dict(&self) -> StateDict<F> {
        let mut state = StateDict::new();
        for (name, parameter) in self.named() {
            let before = state.insert(&name, parameter.value());
            assert!(before.is_none(), "two parameters of the model are named \"{name}\"");
        }
        state
    }

    /// Sets every parameter and buffer, frozen ones too, to the value of its name in `state`.
    ///
    /// # Errors
    /// If a name is missing or unexpected or a shape differs; the error lists all of them, and
    /// nothing is changed. [`load_matching`](Parameters::load_matching) takes what fits.
    fn load_state_dict(&self, state: &StateDict<F>) -> Result<LoadReport, Error> {
        let named = self.named();
        let report = LoadReport::compare(&named, state);
        if !report.is_complete() {
            return Err(Error::Mismatch { file: None, report: Box::new(report) });
        }
        state.set(&named);
        Ok(report)
    }

    /// Sets the parameters whose name and shape are in `state`; the report lists the others.
    ///
    /// # Errors
    /// If there is none, unless the model has no parameters and the state no tensors; nothing is
    /// changed then.
    fn load_matching(&self, state: &StateDict<F>) -> Result<LoadReport, Error> {
        let named = self.named();
        let report = LoadReport::compare(&named, state);
        if !report.fits_in_part() {
            return Err(Error::Mismatch { file: None, report: Box::new(report) });
        }
        state.set(&named);
        Ok(report)
    }

    /// The number of entries of all parameters, each counted once however often it is used;
    /// buffers do not count.
    #[doc(alias = "numel")]
    fn num_parameters(&self) -> usize {
        count(&self.named(), |parameter| !parameter.is_buffer())
    }

    /// As [`num_parameters`](Parameters::num_parameters), without the frozen ones.
    fn num_trainable(&self) -> usize {
        count(&self.named(), Parameter::is_trainable)
    }

    /// Freezes every parameter: out of later tapes and out of every optimiser.
    #[doc(alias = "requires_grad")]
    fn freeze(&self) {
        self.visit(&mut |_, parameter| parameter.freeze());
    }

    /// Lets every parameter be trained again; optimisers begin afresh with those that were frozen.
    #[doc(alias = "requires_grad")]
    fn unfreeze(&self) {
        self.visit(&mut |_, parameter| parameter.unfreeze());
    }
}

fn count<F: Float>(
    named: &[(String, Parameter<F>)],
    counts: impl Fn(&Parameter<F>) -> bool,
) -> usize {
    let mut seen = HashSet::new();
    let once = named.iter().map(|(_, parameter)| parameter).filter(|p| seen.insert(p.id()));
    once.filter(|p| counts(p)).map(|p| p.shape().len()).sum()
}

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
/// [`share`](Parameter::share) a parameter: what does is cloned by hand, and a box, a
/// [`Sequential`](crate::Sequential) and so every strategy refuse a copy that is untied. What has
/// several inputs or outputs implements [`Parameters`] alone.
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

/// A parameter alone has the empty name; inside a struct it has its field's.
impl<F: Float> Parameters<F> for Parameter<F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        visit("", self);
    }
}
impl<F: Float, P: Parameters<F> + ?Sized> Parameters<F> for &P {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        (**self).visit(visit);
    }
}
impl<F: Float, P: Parameters<F> + ?Sized> Parameters<F> for Box<P> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        (**self).visit(visit);
    }
}
impl<F: Float, P: Parameters<F>> Parameters<F> for Option<P> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        if let Some(part) = self {
            part.visit(visit);
        }
    }
}
/// Parts in a list are named by their positions: `0.weight`, `1.weight`.
impl<F: Float, P: Parameters<F>> Parameters<F> for Vec<P> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        self.as_slice().visit(visit);
    }
}
impl<F: Float, P: Parameters<F>> Parameters<F> for [P] {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        for (i, part) in self.iter().enumerate() {
            visit_part(&i.to_string(), part, visit);
        }
    }
}
impl<F: Float, P: Parameters<F>, const N: usize> Parameters<F> for [P; N] {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        self.as_slice().visit(visit);
    }
}
impl<F: Float, P: Parameters<F>, Q: Parameters<F>> Parameters<F> for (P, Q) {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        visit_part("0", &self.0, visit);
        visit_part("1", &self.1, visit);
    }
}

/// Visits a part's parameters under the part's name: `fc1` and `weight` give `fc1.weight`.
///
/// This is what [`parts!`](crate::parts) expands to, for parts whose names are not known before the
/// program runs.
pub fn visit_part<F: Float>(
    name: &str,
    part: &(impl Parameters<F> + ?Sized),
    visit: &mut dyn FnMut(&str, &Parameter<F>),
) {
    part.visit(&mut |inner, parameter| match (name, inner) {
        ("", only) | (only, "") => visit(only, parameter),
        (name, inner) => visit(&format!("{name}.{inner}"), parameter),
    });
}

/// Names the fields of a struct that have parameters: the one line of a hand-written module.
///
/// ```
/// use nn::{Float, Linear, Parameters, Sequential};
///
/// struct SourceModel { fc1: Linear, fc2: Linear }
/// nn::parts!(SourceModel: fc1, fc2);
///
/// struct TwoHeads<F: Float> { trunk: Sequential<F>, heads: Vec<Linear<F>> } // any number type
/// nn::parts!(<F> TwoHeads<F>: trunk, heads);
///
/// struct Precise { fc: Linear<f64> } // f64 alone
/// nn::parts!(Precise as f64: fc);
/// ```
#[macro_export]
macro_rules! parts {
    (<$float:ident> $type:ty: $($part:ident),* $(,)?) => {
        impl<$float: $crate::Float> $crate::Parameters<$float> for $type {
            fn visit(&self, visit: &mut dyn FnMut(&str, &$crate::autograd::Parameter<$float>)) {
                $($crate::visit_part(stringify!($part), &self.$part, visit);)*
            }
        }
    };
    ($type:ty as $float:ty: $($part:ident),* $(,)?) => {
        impl $crate::Parameters<$float> for $type {
            fn visit(&self, visit: &mut dyn FnMut(&str, &$crate::autograd::Parameter<$float>)) {
                $($crate::visit_part(stringify!($part), &self.$part, visit);)*
            }
        }
    };
    ($type:ty: $($part:ident),* $(,)?) => {
        $crate::parts!($type as f32: $($part),*);
    };
}
