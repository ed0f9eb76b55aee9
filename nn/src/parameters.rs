//! What has named parameters.

use std::collections::HashSet;

use autograd::{Float, Parameter};

use crate::{Error, LoadReport, StateDict};

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
