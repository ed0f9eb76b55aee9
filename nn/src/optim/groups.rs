//! Groups of parameters, each with its own rate and decay.

use std::collections::{HashMap, HashSet};
use std::fmt;

use autograd::{Float, Parameter};

use crate::Parameters;

/// A model's parameters, each with a rate of its own and, if asked, a weight decay of its own.
///
/// A rate is a factor of the optimiser's learning rate, so that a schedule moves all groups
/// together and they keep their ratio. A group is a part of the model: a layer, a field, a single
/// parameter. A later choice replaces an earlier one, and what none chooses has the rate 1 and the
/// optimiser's decay. Every optimiser takes groups in its `with_groups`.
///
/// ```
/// use nn::{Groups, NetworkSpec, Seed, Sequential, Sgd, SgdConfig};
/// let network: Sequential = NetworkSpec::mlp(&[64, 32, 10]).build(Seed::new(1));
/// let groups = Groups::of(&network)
///     .rate(network.layer(0), 0.1)            // the first layer at a tenth of the rate
///     .decay_weights_only();                  // and no bias decays
/// let config = SgdConfig { weight_decay: 1e-3, ..SgdConfig::default() };
/// let optimizer = Sgd::with_groups(groups, config);
/// ```
#[doc(alias = "param_groups")]
#[derive(Clone)]
pub struct Groups<F: Float = f32> {
    pub(super) members: Vec<Member<F>>,
}

/// A parameter and what its group says of it.
pub(super) struct Member<F: Float> {
    pub(super) name: String,
    pub(super) parameter: Parameter<F>,
    pub(super) rate: f64,
    pub(super) weight_decay: Option<f64>,
}
/// A second handle to the same parameter.
impl<F: Float> Clone for Member<F> {
    fn clone(&self) -> Self {
        let Member { name, parameter, rate, weight_decay } = self;
        let (name, parameter) = (name.clone(), parameter.share());
        Member { name, parameter, rate: *rate, weight_decay: *weight_decay }
    }
}

impl<F: Float> Groups<F> {
    /// All parameters of `model` in one group, frozen ones too, but no buffers. A parameter with
    /// two names is there once, under the first.
    pub fn of(model: &(impl Parameters<F> + ?Sized)) -> Self {
        let mut seen = HashSet::new();
        let named = model.named().into_iter();
        let parameters = named.filter(|(_, p)| !p.is_buffer() && seen.insert(p.id()));
        let member = |(name, parameter)| Member { name, parameter, rate: 1.0, weight_decay: None };
        Groups { members: parameters.map(member).collect() }
    }

    /// The parameters of `part` get this factor of the optimiser's learning rate. A part without
    /// parameters changes nothing.
    ///
    /// # Panics
    /// If a parameter of the part is none of the model's, or the rate is negative or not finite.
    #[track_caller]
    pub fn rate(mut self, part: &(impl Parameters<F> + ?Sized), rate: f64) -> Self {
        check("a group", "rate", rate);
        for i in self.places(part.named()) {
            self.members[i].rate = rate;
        }
        self
    }

    /// The parameters of `part` get this weight decay in place of the optimiser's. A part without
    /// parameters changes nothing.
    ///
    /// # Panics
    /// If a parameter of the part is none of the model's, or the decay is negative or not finite.
    #[track_caller]
    pub fn weight_decay(mut self, part: &(impl Parameters<F> + ?Sized), weight_decay: f64) -> Self {
        check("a group", "weight decay", weight_decay);
        for i in self.places(part.named()) {
            self.members[i].weight_decay = Some(weight_decay);
        }
        self
    }

    /// The parameters of `part` get the rates and the decays that they have there: what a part of
    /// the model says of itself.
    ///
    /// # Panics
    /// If a parameter of the part is none of the model's.
    #[track_caller]
    pub fn as_in(mut self, part: &Self) -> Self {
        let named = part.members.iter().map(|m| (m.name.clone(), m.parameter.share())).collect();
        for (i, there) in self.places(named).into_iter().zip(&part.members) {
            self.members[i].rate = there.rate;
            self.members[i].weight_decay = there.weight_decay;
        }
        self
    }

    /// Whatever is no weight matrix, so biases, scales and shifts, does not decay: the parameters
    /// with fewer than two axes.
    pub fn decay_weights_only(mut self) -> Self {
        let others = self.members.iter_mut().filter(|member| member.parameter.shape().rank() < 2);
        others.for_each(|member| member.weight_decay = Some(0.0));
        self
    }

    /// Every layer gets the rate that `rate` gives for the number of layers above it, 0 for the last.
    ///
    /// A layer is all parameters whose names are equal up to the last dot, and layers follow on
    /// each other as the model visits them; those without parameters do not count.
    ///
    /// ```
    /// use nn::{Groups, NetworkSpec, Seed, Sequential};
    /// let network: Sequential = NetworkSpec::mlp(&[64, 32, 10]).build(Seed::new(1));
    /// let groups = Groups::of(&network).rate_by_depth(|above| 2.6_f64.powi(-(above as i32)));
    /// assert_eq!(groups.get("2.weight"), Some((1.0, None)));
    /// assert_eq!(groups.get("0.bias"), Some((1.0 / 2.6, None)));
    /// ```
    ///
    /// # Panics
    /// If a rate is negative or not finite.
    ///
    /// # Source
    /// Howard and Ruder 2018, section 3.2 (discriminative fine-tuning), where each layer has the
    /// rate of the layer above it divided by 2.6.
    #[doc(alias = "discriminative fine-tuning")]
    #[track_caller]
    pub fn rate_by_depth(mut self, rate: impl Fn(usize) -> f64) -> Self {
        let layer = |member: &Member<F>| {
            member.name.rsplit_once('.').map_or(String::new(), |(layer, _)| layer.to_owned())
        };
        let mut places = HashMap::new();
        for member in &self.members {
            let next = places.len();
            places.entry(layer(member)).or_insert(next);
        }
        let rates: Vec<f64> = (0..places.len()).rev().map(rate).collect();
        for &rate in &rates {
            check("a group", "rate", rate);
        }
        for member in &mut self.members {
            member.rate = rates[places[&layer(member)]];
        }
        self
    }

    /// The rate of the parameter of this name, and its weight decay if it has one of its own.
    pub fn get(&self, name: &str) -> Option<(f64, Option<f64>)> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some((member.rate, member.weight_decay))
    }

    /// The positions of a part's parameters among the members.
    #[track_caller]
    fn places(&self, part: Vec<(String, Parameter<F>)>) -> Vec<usize> {
        let all = self.members.iter().enumerate();
        let places: HashMap<u64, usize> = all.map(|(i, m)| (m.parameter.id(), i)).collect();
        let mut of_part = Vec::new();
        for (name, parameter) in part.iter().filter(|(_, parameter)| !parameter.is_buffer()) {
            let Some(&place) = places.get(&parameter.id()) else {
                let shape = parameter.shape();
                panic!("the part's parameter \"{name}\" of shape {shape} is none of the model's")
            };
            of_part.push(place);
        }
        of_part
    }
}

/// Panics if an option of an optimiser is negative or not finite.
#[track_caller]
pub(super) fn check(whose: &str, name: &str, value: f64) {
    assert!(value.is_finite() && value >= 0.0, "the {name} of {whose} cannot be {value}");
}

/// A line for each parameter.
impl<F: Float> fmt::Debug for Groups<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Member { name, parameter, rate, weight_decay }) in self.members.iter().enumerate() {
            let line = if i == 0 { "" } else { "\n" };
            write!(f, "{line}{name} {}: rate x {rate}", parameter.shape())?;
            if let Some(weight_decay) = weight_decay {
                write!(f, ", weight decay {weight_decay}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NetworkSpec, Seed, Sequential};
    use autograd::Tensor;

    fn network() -> Sequential {
        NetworkSpec::mlp(&[4, 3, 3, 2]).build(Seed::new(1))
    }

    #[test]
    fn later_choices_replace_earlier_ones_and_the_rest_is_as_the_optimisers() {
        let network = network();
        let groups = Groups::of(&network).rate(&network, 0.5).rate(network.layer(2), 0.1);
        let groups = groups.weight_decay(network.layer(2), 0.5).decay_weights_only();
        assert_eq!(groups.get("0.weight"), Some((0.5, None)));
        assert_eq!(groups.get("2.weight"), Some((0.1, Some(0.5))));
        assert_eq!(groups.get("2.bias"), Some((0.1, Some(0.0))));
        assert_eq!(groups.get("1.weight"), None);
    }

    #[test]
    fn a_parts_own_groups_are_taken_over() {
        let (trunk, head) = (network(), network());
        let groups = Groups::of(&trunk).rate(trunk.layer(0), 0.1).weight_decay(trunk.layer(2), 0.5);
        let both = Groups::of(&(trunk, head)).as_in(&groups);
        assert_eq!(both.get("0.0.weight"), Some((0.1, None)));
        assert_eq!(both.get("0.2.bias"), Some((1.0, Some(0.5))));
        assert_eq!(both.get("1.0.weight"), Some((1.0, None)));
    }

    #[test]
    fn a_part_without_parameters_changes_nothing() {
        let network = network();
        let before = format!("{:?}", Groups::of(&network));
        let (none, buffer) = (Vec::<Parameter>::new(), Parameter::buffer(Tensor::zeros([2])));
        let groups = Groups::of(&network).rate(network.layer(1), 0.1).rate(&none, 0.1);
        let groups = groups.weight_decay(&none, 0.1).weight_decay(&buffer, 0.1);
        assert_eq!(format!("{groups:?}"), before);
    }

    #[test]
    fn depth_counts_layers_with_parameters_from_the_last_one() {
        let groups = Groups::of(&network()).rate_by_depth(|above| above as f64);
        for (name, above) in
            [("4.weight", 0.0), ("4.bias", 0.0), ("2.bias", 1.0), ("0.weight", 2.0)]
        {
            assert_eq!(groups.get(name), Some((above, None)));
        }
    }

    #[test]
    #[should_panic(
        expected = "the part's parameter \"weight\" of shape [3, 4] is none of the model's"
    )]
    fn a_part_of_another_model_is_refused() {
        let (one, other) = (network(), network());
        let _ = Groups::of(&one).rate(other.layer(0), 0.1);
    }
}
