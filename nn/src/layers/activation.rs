//! Activations: entry-by-entry layers without parameters.

use autograd::{Float, Parameter, Var};

use crate::{LayerSpec, Module, Parameters};

macro_rules! activation {
    ($(#[$doc:meta])* $name:ident, $operation:ident) => {
        $(#[$doc])*
        ///
        /// # Shapes
        /// `x`: any; result: as `x`.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct $name;

        impl<F: Float> Parameters<F> for $name {
            fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<F>)) {}
        }
        impl<F: Float> Module<F> for $name {
            fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
                x.$operation()
            }
            fn layer_spec(&self) -> Option<LayerSpec> {
                Some(LayerSpec::$name)
            }
        }
    };
}

activation! {
    /// `max(x, 0)`, entry by entry.
    Relu, relu
}
activation! {
    /// The hyperbolic tangent, entry by entry.
    Tanh, tanh
}
activation! {
    /// `1 / (1 + exp(-x))`, entry by entry.
    Sigmoid, sigmoid
}
