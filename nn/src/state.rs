//! State dicts: a model's values by name.

use std::collections::{BTreeMap, HashMap, btree_map};
use std::fmt;

use autograd::{Float, Parameter, Tensor};

use crate::Error;
use crate::error::shown;

/// A model's values by name, in the model's order: PyTorch's state dict.
///
/// Two are equal if they have the same names with the same values, in whatever order.
///
/// ```
/// use nn::{Linear, Parameters, Seed};
/// let source: Linear = Linear::new(3, 2, Seed::new(1));
/// let target: Linear = Linear::new(3, 2, Seed::new(2));
/// let state = source.state_dict();
/// target.load_state_dict(&state)?;
/// assert_eq!(target.weight.value(), *state.get("weight").unwrap());
/// # Ok::<(), nn::Error>(())
/// ```
#[doc(alias = "OrderedDict")]
#[derive(Clone)]
pub struct StateDict<F: Float = f32> {
    /// By place: the order of insertion, with gaps where tensors were taken out.
    entries: BTreeMap<usize, (String, Tensor<F>)>,
    place_of_name: HashMap<String, usize>,
}

impl<F: Float> StateDict<F> {
    /// No values yet.
    pub fn new() -> Self {
        StateDict { entries: BTreeMap::new(), place_of_name: HashMap::new() }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor<F>> {
        let place = self.place_of_name.get(name)?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// Sets the value of this name, in its old place or else at the end; returns the old one.
    pub fn insert(&mut self, name: &str, value: Tensor<F>) -> Option<Tensor<F>> {
        if let Some(place) = self.place_of_name.get(name) {
            let old = self.entries.insert(*place, (name.to_owned(), value));
            return old.map(|(_, value)| value);
        }
        let place = self.entries.last_key_value().map_or(0, |(last, _)| last + 1);
        self.place_of_name.insert(name.to_owned(), place);
        self.entries.insert(place, (name.to_owned(), value));
        None
    }

    /// Takes the value of this name out.
    pub fn remove(&mut self, name: &str) -> Option<Tensor<F>> {
        let place = self.place_of_name.remove(name)?;
        self.entries.remove(&place).map(|(_, value)| value)
    }

    /// These values with `prefix` before every name, as they stand in a larger model.
    ///
    /// ```
    /// use nn::{Linear, Parameters, Seed};
    /// let trunk: Linear = Linear::new(3, 2, Seed::new(1));
    /// let state = trunk.state_dict().with_prefix("trunk.");
    /// assert!(state.names().eq(["trunk.weight", "trunk.bias"]));
    /// trunk.load_state_dict(&state.without_prefix("trunk."))?;
    /// # Ok::<(), nn::Error>(())
    /// ```
    #[must_use]
    pub fn with_prefix(&self, prefix: &str) -> Self {
        self.iter().map(|(name, value)| (format!("{prefix}{name}"), value.clone())).collect()
    }

    /// The values whose names begin with `prefix`, without it; the others are left out.
    #[doc(alias = "consume_prefix_in_state_dict_if_present")]
    #[must_use]
    pub fn without_prefix(&self, prefix: &str) -> Self {
        let part = |(name, value): (&str, &Tensor<F>)| {
            name.strip_prefix(prefix).map(|name| (name.to_owned(), value.clone()))
        };
        self.iter().filter_map(part).collect()
    }

    /// These values under the names that `rename` makes of theirs.
    ///
    /// ```
    /// use nn::{Linear, Parameters, Seed};
    /// let state = Linear::<f32>::new(3, 2, Seed::new(1)).state_dict();
    /// let renamed = state.renamed(|name| name.replace("weight", "kernel"))?;
    /// assert!(renamed.names().eq(["kernel", "bias"]));
    /// let error = state.renamed(|_| "w".to_owned()).unwrap_err().to_string();
    /// assert_eq!(error, "\"weight\" and \"bias\" would both be named \"w\"");
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If two would have one name.
    pub fn renamed(&self, rename: impl Fn(&str) -> String) -> Result<Self, Error> {
        let mut renamed = Self::new();
        for (name, value) in self.iter() {
            let other = rename(name);
            if renamed.insert(&other, value.clone()).is_some() {
                let first = self.names().find(|first| rename(first) == other).unwrap_or(name);
                let [first, name, other] = [first, name, &other].map(shown);
                let fault = format!("\"{first}\" and \"{name}\" would both be named \"{other}\"");
                return Err(Error::Data(fault));
            }
        }
        Ok(renamed)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor<F>)> {
        self.entries.values().map(|(name, value)| (name.as_str(), value))
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sets each of these parameters whose name and shape are here.
    pub(crate) fn set(&self, named: &[(String, Parameter<F>)]) {
        for (name, parameter) in named {
            if let Some(value) = self.get(name).filter(|value| value.shape() == parameter.shape()) {
                parameter.set(value.clone());
            }
        }
    }
}

impl<F: Float> Default for StateDict<F> {
    fn default() -> Self {
        Self::new()
    }
}
impl<F: Float> PartialEq for StateDict<F> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}
/// A later value of a name replaces an earlier one.
impl<F: Float> Extend<(String, Tensor<F>)> for StateDict<F> {
    fn extend<I: IntoIterator<Item = (String, Tensor<F>)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(&name, value);
        }
    }
}
/// A later value of a name replaces an earlier one.
impl<F: Float> FromIterator<(String, Tensor<F>)> for StateDict<F> {
    fn from_iter<I: IntoIterator<Item = (String, Tensor<F>)>>(entries: I) -> Self {
        let mut state = Self::new();
        state.extend(entries);
        state
    }
}
impl<F: Float> IntoIterator for StateDict<F> {
    type Item = (String, Tensor<F>);
    type IntoIter = btree_map::IntoValues<usize, Self::Item>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_values()
    }
}
impl<F: Float> fmt::Debug for StateDict<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, value.shape()))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(names: &[&str]) -> StateDict {
        names.iter().map(|name| ((*name).to_owned(), Tensor::scalar(1.0))).collect()
    }

    #[test]
    fn a_state_keeps_its_order_when_tensors_are_set_again_and_taken_out() {
        let mut state = state(&["a", "b", "c"]);
        assert_eq!(state.insert("a", Tensor::scalar(2.0)), Some(Tensor::scalar(1.0)));
        assert_eq!(state.remove("b"), Some(Tensor::scalar(1.0)));
        assert_eq!((state.remove("b"), state.get("b"), state.len()), (None, None, 2));
        assert_eq!(state.insert("b", Tensor::scalar(3.0)), None);
        assert!(state.names().eq(["a", "c", "b"]));
        let values: Vec<f32> = state.into_iter().map(|(_, value)| value.item()).collect();
        assert_eq!(values, [2.0, 1.0, 3.0]);
    }

    #[test]
    fn states_of_other_orders_are_equal_and_of_other_names_are_not() {
        assert_eq!(state(&["a", "b"]), state(&["b", "a"]));
        assert_ne!(state(&["a", "b"]), state(&["a", "c"]));
        assert_ne!(state(&["a"]), state(&["a", "b"]));
    }

    #[test]
    fn a_prefix_taken_off_leaves_out_what_has_none() {
        let whole = state(&["fc.weight", "step", "fc.fc.bias"]);
        assert!(whole.without_prefix("fc.").names().eq(["weight", "fc.bias"]));
        assert_eq!(whole.with_prefix("a.").without_prefix("a."), whole);
    }
}
