//! What loading a state found, and the sentence on what does not fit.

use std::collections::HashSet;
use std::fmt;

use autograd::{Float, Parameter};

use crate::StateDict;
use crate::error::{counted, shown_up_to};

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

    /// Whether a name was in both with equal shapes, or there is none on either side.
    pub(crate) fn fits_in_part(&self) -> bool {
        !self.loaded.is_empty() || self.is_complete()
    }
}

/// What does not fit and what would help, or how many tensors were loaded if all do.
impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first form that is short enough for a message; the lists themselves hold all.
        const LONGEST: usize = 155;
        if self.is_complete() {
            return write!(f, "{} tensors loaded", self.loaded.len());
        }
        let advice = self.advice().unwrap_or_default();
        let forms = [(2, 40), (1, 40), (1, 16)].map(|(shown, length)| self.sentence(shown, length));
        let form = forms.into_iter().find(|form| form.len() + advice.len() <= LONGEST);
        write!(f, "{}{advice}", form.unwrap_or_else(|| self.sentence(0, 0)))
    }
}

impl LoadReport {
    /// What would make names fit that do not, where that can be told from the names and shapes.
    fn advice(&self) -> Option<String> {
        let prefix = |prefix: &str| shown_up_to(prefix, 16);
        if let Some((found, count)) = common_prefix(&self.unexpected, &self.missing) {
            let (found, names) = (prefix(found), counted(count as u64, "name"));
            return Some(format!("; StateDict::without_prefix(\"{found}\") makes {names} fit"));
        }
        if let Some((found, count)) = common_prefix(&self.missing, &self.unexpected) {
            let (found, names) = (prefix(found), counted(count as u64, "name"));
            return Some(format!("; StateDict::with_prefix(\"{found}\") makes {names} fit"));
        }
        let transposed =
            |it: &&Misshapen| it.model.len() == 2 && it.model.iter().eq(it.state.iter().rev());
        match self.misshapen.iter().filter(transposed).count() {
            0 => None,
            count => {
                Some(format!("; Tensor::transpose makes {} fit", counted(count as u64, "shape")))
            }
        }
    }

    /// What does not fit: for each kind this many tensors, and how many more there are.
    fn sentence(&self, most: usize, longest: usize) -> String {
        let quoted = |name: &str| format!("\"{}\"", shown_up_to(name, longest));
        let all = |names: &[String]| names.iter().map(|name| quoted(name)).collect();
        let misshapen = self.misshapen.iter().map(|tensor| {
            let Misshapen { name, model, state } = tensor;
            format!("{} ({state:?} for the model's {model:?})", quoted(name))
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
                more => counted(more as u64, "tensor"),
            };
            sentences.push(format!("{kind}: {}{more}", names[..shown].join(", ")));
        }
        sentences.join("; ")
    }
}

/// What, put before most of the short names, gives one of the long ones, and before how many; it ends
/// with a dot, as the name of a part does.
fn common_prefix<'n>(long: &'n [String], short: &[String]) -> Option<(&'n str, usize)> {
    let first = long.first()?;
    let known: HashSet<&str> = long.iter().map(String::as_str).collect();
    let prefixes = first.match_indices('.').map(|(dot, _)| &first[..=dot]);
    let fits = |prefix: &str| {
        short.iter().filter(|name| known.contains(format!("{prefix}{name}").as_str())).count()
    };
    let counted = prefixes.map(|prefix| (prefix, fits(prefix)));
    counted.filter(|(_, count)| *count > 0).max_by_key(|(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use autograd::Tensor;

    use super::*;
    use crate::{Linear, Parameters, Seed, Sequential};

    fn state(names: &[&str]) -> StateDict {
        names.iter().map(|name| ((*name).to_owned(), Tensor::scalar(1.0))).collect()
    }
    fn model() -> Sequential {
        let layer = |seed| Linear::new(3, 2, Seed::new(seed));
        Sequential::new().then_named("fc1", layer(1)).then_named("fc2", layer(2))
    }
    fn refusal(state: &StateDict) -> String {
        let message = model().load_state_dict(state).unwrap_err().to_string();
        message.strip_prefix("the state does not fit the model: ").unwrap().to_owned()
    }

    #[test]
    fn names_behind_a_prefix_are_told_how_to_lose_it() {
        let wrapped = model().state_dict().with_prefix("module.");
        let expected = "missing: \"fc1.weight\" and 3 more; unexpected: \
                        \"module.fc1.weight\" and 3 more; \
                        StateDict::without_prefix(\"module.\") makes 4 names fit";
        assert_eq!(refusal(&wrapped), expected);
        model().load_state_dict(&wrapped.without_prefix("module.")).unwrap();

        let part = model().state_dict().without_prefix("fc2.");
        let message = refusal(&part);
        let advice = "; StateDict::with_prefix(\"fc1.\") makes 2 names fit";
        assert!(message.ends_with(advice), "{message}");
        let message = refusal(&state(&["other.weights"]));
        assert!(!message.contains("prefix"), "{message}");
    }

    #[test]
    fn weights_that_fit_transposed_are_told_so() {
        let mut state = model().state_dict();
        let transposed = state.get("fc1.weight").unwrap().transpose();
        state.insert("fc1.weight", transposed);
        let expected = "of another shape: \"fc1.weight\" ([3, 2] for the model's [2, 3]); \
                        Tensor::transpose makes 1 shape fit";
        assert_eq!(refusal(&state), expected);
        state.insert("fc1.weight", Tensor::zeros([3, 3]));
        assert!(refusal(&state).ends_with("([3, 3] for the model's [2, 3])"));
    }

    #[test]
    fn loading_that_would_load_nothing_is_refused_where_there_is_anything() {
        let before = model().state_dict();
        for names in [&["module.fc1.weight"][..], &[]] {
            let model = model();
            let error = model.load_matching(&state(names)).unwrap_err().to_string();
            assert!(error.starts_with("the state does not fit the model: missing: "), "{error}");
            assert_eq!(model.state_dict(), before);
        }
        let nothing = Sequential::<f32>::new();
        assert!(nothing.load_matching(&state(&["fc1.weight"])).is_err());
        assert!(nothing.load_matching(&StateDict::new()).unwrap().is_complete());
        let some = before.iter().take(1).map(|(name, value)| (name.to_owned(), value.clone()));
        assert_eq!(model().load_matching(&some.collect()).unwrap().loaded, ["fc1.weight"]);
    }
}
