//! Groups of parameters, each with its own rate and decay.

use std::collections::HashSet;
use std::fmt;

use autograd::{Float, Parameter};

use crate::Parameters;

/// A model's parameters, each with a rate of its own and, if asked, a weight decay of its own.
///
/// A rate is a factor of the optimiser's learning rate, so that a schedule moves all groups
/// together and they keep their ratio. Groups are chosen by the parameters' names; a later choice
/// replaces an earlier one, and what none chooses has the rate 1 and the optimiser's decay. Every
/// optimiser takes groups in its `with_groups`.
///
/// ```
/// use nn::{Groups, NetworkSpec, Seed, Sequential, Sgd, SgdConfig};
/// let network: Sequential = NetworkSpec::mlp(&[64, 32, 10]).build(Seed::new(1));
/// let groups = Groups::of(&network)
///     .rate("0.*", 0.1)                       // the first layer at a tenth of the rate
///     .weight_decay("*.bias", 0.0);           // and no bias decays
/// let config = SgdConfig { weight_decay: 1e-3, ..SgdConfig::default() };
/// let optimizer = Sgd::with_groups(groups, config);
/// ```
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

    /// The parameters that fit `pattern` get this factor of the optimiser's learning rate.
    ///
    /// In a pattern `*` stands for any number of characters, dots too: `trunk.*`, `*.bias`.
    ///
    /// # Panics
    /// If no parameter fits, or the rate is negative or not finite.
    #[track_caller]
    pub fn rate(mut self, pattern: &str, rate: f64) -> Self {
        check("group", "rate", rate);
        self.fitting(pattern).for_each(|member| member.rate = rate);
        self
    }

    /// The parameters that fit `pattern`, as in [`rate`](Groups::rate), get this weight decay in
    /// place of the optimiser's.
    ///
    /// # Panics
    /// If no parameter fits, or the decay is negative or not finite.
    #[track_caller]
    pub fn weight_decay(mut self, pattern: &str, weight_decay: f64) -> Self {
        check("group", "weight decay", weight_decay);
        self.fitting(pattern).for_each(|member| member.weight_decay = Some(weight_decay));
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
    #[track_caller]
    pub fn rate_by_depth(mut self, rate: impl Fn(usize) -> f64) -> Self {
        let layer = |member: &Member<F>| {
            member.name.rsplit_once('.').map_or(String::new(), |(layer, _)| layer.to_owned())
        };
        let mut layers: Vec<String> = Vec::new();
        for member in &self.members {
            if !layers.contains(&layer(member)) {
                layers.push(layer(member));
            }
        }
        for (above, name) in layers.iter().rev().enumerate() {
            let rate = rate(above);
            check("group", "rate", rate);
            let own = self.members.iter_mut().filter(|member| layer(member) == *name);
            own.for_each(|member| member.rate = rate);
        }
        self
    }

    // TEMPORARY
    pub fn decay_weights_only(mut self) -> Self {
        for member in &mut self.members {
            if member.parameter.shape().rank() < 2 {
                member.weight_decay = Some(0.0);
            }
        }
        self
    }
    pub fn and(mut self, other: Self) -> Self {
        self.members.extend(other.members);
        self
    }
    pub fn rate_of(mut self, part: &(impl Parameters<F> + ?Sized), rate: f64) -> Self {
        let ids: HashSet<u64> = part.named().iter().map(|(_, p)| p.id()).collect();
        for m in &mut self.members {
            if ids.contains(&m.parameter.id()) {
                m.rate = rate
            }
        }
        self
    }
    pub fn decay_of(mut self, part: &(impl Parameters<F> + ?Sized), decay: f64) -> Self {
        let ids: HashSet<u64> = part.named().iter().map(|(_, p)| p.id()).collect();
        for m in &mut self.members {
            if ids.contains(&m.parameter.id()) {
                m.weight_decay = Some(decay)
            }
        }
        self
    }
    /// The rate of the parameter of this name, and its weight decay if it has one of its own.
    pub fn get(&self, name: &str) -> Option<(f64, Option<f64>)> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some((member.rate, member.weight_decay))
    }

    /// The members that fit a pattern.
    #[track_caller]
    fn fitting(&mut self, pattern: &str) -> impl Iterator<Item = &mut Member<F>> {
        let some = self.members.iter().any(|member| fits(pattern, &member.name));
        let names: Vec<&str> = self.members.iter().map(|member| member.name.as_str()).collect();
        assert!(some, "no parameter fits the pattern \"{pattern}\"; there are {names:?}");
        self.members.iter_mut().filter(move |member| fits(pattern, &member.name))
    }
}

/// Whether `name` is `pattern` with something in the place of each star.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let mut ends = name.char_indices().map(|(i, _)| i).chain([name.len()]);
            ends.any(|i| fits(rest, &name[i..]))
        }),
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

    fn network() -> Sequential {
        NetworkSpec::mlp(&[4, 3, 3, 2]).build(Seed::new(1))
    }

    #[test]
    fn a_star_stands_for_any_characters_and_all_else_for_itself() {
        for (pattern, name) in
            [("a.*", "a.b"), ("*.bias", "a.b.bias"), ("*", ""), ("a*c*e", "abcde"), ("ab", "ab")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a.*", "a"), ("*.bias", "bias"), ("a", "ab"), ("*a", "ab")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn later_choices_replace_earlier_ones_and_the_rest_is_as_the_optimisers() {
        let groups =
            Groups::of(&network()).rate("*", 0.5).rate("2.*", 0.1).weight_decay("*.bias", 0.0);
        assert_eq!(groups.get("0.weight"), Some((0.5, None)));
        assert_eq!(groups.get("2.weight"), Some((0.1, None)));
        assert_eq!(groups.get("2.bias"), Some((0.1, Some(0.0))));
        assert_eq!(groups.get("1.weight"), None);
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
    #[should_panic(expected = "no parameter fits the pattern \"head.*\"; there are [\"0.weight\"")]
    fn a_pattern_that_fits_nothing_is_refused() {
        let _ = Groups::of(&network()).rate("head.*", 0.1);
    }
}
