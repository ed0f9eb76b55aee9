//! What a network's outputs for labels mean.

use std::fmt;

use autograd::{Float, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::{LabelColumn, Scale};
use crate::data::Examples;
use crate::error::shown;

/// What the outputs of a network stand for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outputs {
    /// A logit for each class.
    Classes {
        /// The column of labels.
        name: String,
        /// The classes' names, in the order of the outputs.
        classes: Vec<String>,
    },
    /// One number.
    Numbers {
        /// The column of labels.
        name: String,
        /// The scale on which the network gives it.
        scale: Scale,
    },
}

impl Outputs {
    /// What the outputs for a column of these examples mean.
    pub fn of<F: Float>(examples: &Examples<F>, column: usize) -> Self {
        let labels = &examples.labels()[column];
        let name = labels.name().to_owned();
        match labels {
            LabelColumn::Classes(labels) => Self::Classes { name, classes: labels.classes.clone() },
            LabelColumn::Numbers(numbers) => Self::Numbers { name, scale: numbers.scale_or_own() },
        }
    }

    /// The column of labels.
    pub fn name(&self) -> &str {
        match self {
            Self::Classes { name, .. } | Self::Numbers { name, .. } => name,
        }
    }

    /// A network's outputs with the names under which other programs read them: `logits` and
    /// `probabilities` of classes, or `value`, a number in its own unit.
    pub fn named<'t, F: Float>(&self, outputs: Var<'t, F>) -> Vec<(String, Var<'t, F>)> {
        match *self {
            Self::Classes { .. } => vec![
                ("logits".to_owned(), outputs),
                ("probabilities".to_owned(), outputs.softmax(1)),
            ],
            Self::Numbers { scale, .. } => {
                let Scale { mean, divisor } = scale;
                vec![("value".to_owned(), outputs * F::of(divisor) + F::of(mean))]
            }
        }
    }

    /// A network's outputs in the labels' own unit: logits stay, numbers leave their scale.
    pub fn in_own_unit<F: Float>(&self, outputs: Tensor<F>) -> Tensor<F> {
        match *self {
            Self::Classes { .. } => outputs,
            Self::Numbers { scale, .. } => outputs.map(|y| F::of(scale.from_scaled(y.to_f64()))),
        }
    }

    /// Whether both mean the same, whatever their columns are called.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Classes { classes: a, .. }, Self::Classes { classes: b, .. }) => a == b,
            (Self::Numbers { .. }, Self::Numbers { .. }) => true,
            _ => false,
        }
    }

    /// How many outputs there are.
    pub fn num_outputs(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => classes.len(),
            Self::Numbers { .. } => 1,
        }
    }
}

impl fmt::Display for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes { name, classes } => {
                write!(f, "the classes {} of \"{}\"", shown(&classes.join(", ")), shown(name))
            }
            Self::Numbers { name, .. } => write!(f, "the numbers of \"{}\"", shown(name)),
        }
    }
}
