//! State dicts: a model's values by name, and what loading one found.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map};
use std::fmt;

use autograd::{Float, Parameter, Shape, Tensor};

use crate::Error;
use crate::error::{shown, shown_up_to};

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

/// What loading a state into a model did with each name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct LoadReport {
    /// In both, with equal shapes.
    pub loaded: Vec<String>,
    /// In the model, not in the state.
    pub missing: Vec<String>,
    /// In the state, not in the model.
    pub unexpected: Vec<String>,
    /// In both, with different shapes.
    pub misshapen: Vec<Misshapen>,
    /// In the state and known to be of no use here: PyTorch's `num_batches_tracked`.
    pub ignored: Vec<String>,
}

/// A tensor whose shape in the state is not that of the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misshapen {
    /// The tensor's name.
    pub name: String,
    /// The shape in the model.
    pub model: Vec<usize>,
    /// The shape in the state.
    pub state: Vec<usize>,
}

impl LoadReport {
    /// Whether every name was in both with equal shapes: what strict loading asks for.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshapen.is_empty()
    }

    pub(crate) fn compare<F: Float>(
        named: &[(String, Parameter<F>)],
        state: &StateDict<F>,
    ) -> LoadReport {
        let mut report = LoadReport::default();
        for (name, parameter) in named {
            let shape = parameter.shape();
            match state.get(name) {
                None => report.missing.push(name.clone()),
                Some(value) if value.shape() == shape => report.loaded.push(name.clone()),
                Some(value) => report.misshapen.push(Misshapen {
                    name: name.clone(),
                    model: shape.to_vec(),
                    state: value.shape().to_vec(),
                }),
            }
        }
        let known: HashSet<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        state.names().filter(|name| !known.contains(name)).for_each(|name| report.add_unused(name));
        report
    }

    /// Lists a name that is in the state and not in the model.
    pub(crate) fn add_unused(&mut self, name: &str) {
        let counter = name.rsplit('.').next() == Some("num_batches_tracked");
        let list = if counter { &mut self.ignored } else { &mut self.unexpected };
        list.push(name.to_owned());
    }

    /// Whether there is something to load, or nothing that it would be missed by.
    pub(crate) fn fits_in_part(&self) -> bool {
        !self.loaded.is_empty() || self.is_complete()
    }
}

/// What does not fit, or how many tensors were loaded if all do.
impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first form that is short enough for a message; the lists themselves hold all.
        const LONGEST: usize = 155;
        if self.is_complete() {
            return write!(f, "{} tensors loaded", self.loaded.len());
        }
        let forms = [(2, 40), (1, 40), (1, 16)].map(|(shown, length)| self.sentence(shown, length));
        let counts = || self.sentence(0, 0);
        f.write_str(&forms.into_iter().find(|form| form.len() <= LONGEST).unwrap_or_else(counts))
    }
}

impl LoadReport {
    /// What does not fit: for each kind this many tensors, and how many more there are.
    fn sentence(&self, most: usize, longest: usize) -> String {
        let quoted = |name: &str| format!("\"{}\"", shown_up_to(name, longest));
        let all = |names: &[String]| names.iter().map(|name| quoted(name)).collect();
        let misshapen = self.misshapen.iter().map(|tensor| {
            let (model, state) = (Shape::from(&tensor.model), Shape::from(&tensor.state));
            format!("{} ({state} for the model's {model})", quoted(&tensor.name))
        });
        let kinds: [(&str, Vec<String>); 3] = [
            ("of another shape", misshapen.collect()),
            ("missing", all(&self.missing)),
            ("unexpected", all(&self.unexpected)),
        ];
        let mut sentences = Vec::new();
        for (kind, names) in kinds.iter().filter(|(_, names)| !names.is_empty()) {
            let shown = names.len().min(most);
            let more = match names.len() - shown {
                0 => String::new(),
                more if shown > 0 => format!(" and {more} more"),
                more => format!("{more} tensors"),
            };
            sentences.push(format!("{kind}: {}{more}", names[..shown].join(", ")));
        }
        sentences.join("; ")
    }
}
